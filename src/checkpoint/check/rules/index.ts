import type { Rule } from '../rule.js';
import { containerRules } from './containers.js';
import { descriptorRules } from './descriptors.js';
import { handleRules } from './handles.js';
import { memoryRules } from './memory.js';
import { mountRules } from './mounts.js';
import { ownerlessRules } from './ownerless.js';
import { placeRules } from './places.js';
import { processRules } from './processes.js';
import { programRules } from './programs.js';
import { serviceRules } from './services.js';
import { socketSettingRules } from './socket-settings.js';
import { socketRules } from './sockets.js';
import { sysvRules } from './sysv.js';
import { terminalRules } from './terminals.js';
import { userRules } from './users.js';

/** Everything that `ckpt check` looks for, beside the ties. */
export const RULES: readonly Rule[] = [
  ...containerRules,
  ...processRules,
  ...programRules,
  ...descriptorRules,
  ...handleRules,
  ...terminalRules,
  ...socketRules,
  ...socketSettingRules,
  ...ownerlessRules,
  ...memoryRules,
  ...placeRules,
  ...serviceRules,
  ...mountRules,
  ...userRules,
  ...sysvRules,
];
