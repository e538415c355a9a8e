/** Converters: CRIU images to the neutral document and back. Pure: no I/O. */
export { type LiftedTree, type LiftOptions, liftTree } from './lift/lift-tree.js';
export {
  type LoweredTree,
  type LowerOptions,
  lowerTree,
  type PagePatch,
  type TargetProfile,
} from './lower/lower-tree.js';
export type { LiftedPayload } from './payloads.js';
export { releaseOf } from './release.js';
export type { Loss } from './steps/step.js';
