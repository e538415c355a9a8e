/** Whether trees can be frozen, and what would be lost: everything knowable without stopping them. */
export { gatherFacts } from './gather.js';
export type { CheckOptions, Platform, Rule, Severity, Side, Sighting, TreeFacts } from './rule.js';
export { RULES } from './rules/index.js';
export { type Finding, judge, type TreeVerdict, VERDICT_STATUS, type Verdict, worst } from './verdict.js';
export { versionOf } from './versions.js';
