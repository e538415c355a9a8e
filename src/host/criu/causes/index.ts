import { fileRules } from './files.js';
import { fileThawRules } from './files-thaw.js';
import { machineRules } from './machine.js';
import { memoryRules } from './memory.js';
import { namespaceRules } from './namespaces.js';
import { processRules } from './processes.js';
import type { CauseRule } from './rule.js';
import { socketRules } from './sockets.js';
import { socketThawRules } from './sockets-thaw.js';
import { terminalRules } from './terminals.js';

/** Every line that tells why CRIU failed. No two rules match one line of one release (a test holds this). */
export const causeRules: readonly CauseRule[] = [
  ...processRules,
  ...fileRules,
  ...fileThawRules,
  ...socketRules,
  ...socketThawRules,
  ...memoryRules,
  ...terminalRules,
  ...namespaceRules,
  ...machineRules,
];
