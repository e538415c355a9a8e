/** What `/proc` says: pure parsers, and readers that return undefined for a process that has gone. */

export {
  anonymousKind,
  type Descriptor,
  type FileType,
  linkedInode,
  type OpenFile,
  readDescriptors,
  readFdInfo,
  readOpenFile,
} from './descriptors.js';
export {
  hasCapability,
  hasSecurityLabels,
  type PathFacts,
  readAddressSpaceLimit,
  readInterfaces,
  readMappedFile,
  readPathFacts,
  readPersonality,
  readProgramMount,
  readRootFolder,
  readSecurityLabel,
  readThread,
  readWorkingFolder,
  type Thread,
} from './details.js';
export { majorOf, minorOf } from './device-number.js';
export {
  ancestors,
  childrenByParent,
  commonAncestor,
  descendants,
  type Kin,
  livingLeader,
} from './family.js';
export { MQUEUE_MAGIC } from './file-systems.js';
export { frozenGroups } from './frozen-groups.js';
export { type Slot, sameAddressSpaces, sameDescriptions, socketProtocols } from './kcmp.js';
export { type FileLock, parseLocks, readLocks } from './locks.js';
export {
  type AddressSpace,
  type Mapping,
  type MappingFlags,
  parseMaps,
  parseSharedMaps,
  parseSmaps,
  readAddressSpace,
  readMaps,
  readSharedMaps,
} from './maps.js';
export { type Mount, parseMountInfo, readMounts } from './mounts.js';
export {
  NAMESPACES,
  type NamespaceKind,
  type Namespaces,
  readCgroup,
  readChildNamespaces,
  readNamespaces,
  readThreadApart,
} from './namespaces.js';
export { isKernelThread, type ProcessState, parseStat, type Stat } from './parse-stat.js';
export { parseStatus, type Status } from './parse-status.js';
export { type DescriptorSettings, probe, type Question, readSettings } from './probe.js';
export {
  listPids,
  listProcesses,
  listStats,
  listTasks,
  listThreads,
  type Process,
  readCommandLine,
  readProcess,
  readProgram,
  readStat,
  readTask,
  type Task,
} from './process.js';
export { type SharedDescription, type Snapshot, slotKey } from './snapshot.js';
export { STATELESS_DEVICES } from './stateless-devices.js';
export { readSysv, type SysvObject } from './sysv.js';
export { takeSnapshot } from './take-snapshot.js';
export { parseSameIds, type Rights, readRights, readSameIds, type SameIds } from './users.js';
