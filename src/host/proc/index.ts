/** What `/proc` says: pure parsers, and readers that return undefined for a process that has gone. */

export { keptFromReading } from './apparmor.js';
export { breakpointsIn, readBreakpoints } from './breakpoints.js';
export {
  anonymousKind,
  type Descriptor,
  fileKey,
  inodeText,
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
export { ancestors, commonAncestor, descendants, livingLeader } from './family.js';
export { MQUEUE_MAGIC } from './file-systems.js';
export { frozenGroups } from './frozen-groups.js';
export { type Slot, sameAddressSpaces, socketProtocols } from './kcmp.js';
export { type FileLock, parseLocks } from './locks.js';
export {
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
  readCgroup,
  readChildNamespaces,
  readNamespaces,
  readThreadApart,
} from './namespaces.js';
export { isKernelThread, parseStat } from './parse-stat.js';
export { parseStatus } from './parse-status.js';
export { type DescriptorSettings, probe, type Question, readSettings } from './probe.js';
export {
  listPids,
  listProcesses,
  listTasks,
  type Process,
  readCommandLine,
  readProcess,
  readProgram,
  readStat,
  readTask,
  type Task,
} from './process.js';
export { type Snapshot, slotKey } from './snapshot.js';
export { STATELESS_DEVICES } from './stateless-devices.js';
export type { SysvObject } from './sysv.js';
export { takeSnapshot } from './take-snapshot.js';
export { readRights, readSameIds, type SameIds } from './users.js';
