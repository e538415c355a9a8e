/** What `/proc` says: pure parsers, and readers that return undefined for a process that has gone. */
export { ancestors, childrenByParent, commonAncestor, descendants, type Kin } from './family.js';
export { isKernelThread, type ProcessState, parseStat, type Stat } from './parse-stat.js';
export { parseStatus, type Status } from './parse-status.js';
export {
  listPids,
  listProcesses,
  listThreads,
  type Process,
  readProcess,
  readProgram,
  readStat,
} from './process.js';
