/** Whether trees can be frozen, and what would be lost: everything knowable without stopping them. */

export { versionOf } from '../../versions.js';
export { judgeFreeze, lossesOf, refuseBlocked } from './before-freeze.js';
export { refuseUnknownBreaks, sendsToSystem, socketsOfJournal, socketsToClose } from './breaks.js';
export { actionFor } from './file-rules.js';
export { isLeftBehind } from './files-gone-at-boot.js';
export { gatherFacts } from './gather.js';
export type { LooseOwners } from './loose-files.js';
export { type CheckOptions, DEFAULTS } from './options.js';
export { foldersToStayEmpty, mountsToKeep } from './own-mounts.js';
export { leavesUsers } from './own-users.js';
export type { Finding, Rule, SeenTree, Severity, Side, TreeFacts } from './rule.js';
export { RULES } from './rules/index.js';
export { listenersOf, socketsOf } from './sockets-of.js';
export { steady } from './steady.js';
export { sysvOfMachine } from './sysv.js';
export {
  judge,
  judgeAll,
  type TreeVerdict,
  VERDICT_STATUS,
  type Verdict,
  worst,
} from './verdict.js';
