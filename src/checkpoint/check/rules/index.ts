import type { Rule } from '../rule.js';
import { descriptorRules } from './descriptors.js';
import { memoryRules } from './memory.js';
import { mountRules } from './mounts.js';
import { placeRules } from './places.js';
import { processRules } from './processes.js';
import { socketRules } from './sockets.js';

/** Everything that `ckpt check` looks for, beside the ties. */
export const RULES: readonly Rule[] = [
  ...processRules,
  ...descriptorRules,
  ...socketRules,
  ...memoryRules,
  ...placeRules,
  ...mountRules,
];
