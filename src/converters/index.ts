/** Converters: CRIU images to the neutral document and back. Pure: no I/O. */

export { noWayBack } from './kernel/index.js';
export type { PagePatch } from './kernel/step.js';
export { type LiftedTree, type LiftOptions, liftTree, memoryLifter } from './lift/lift-tree.js';
export type { MemoryLifter } from './lift/memory-images.js';
export { lowerForRestore, type RestorableTree } from './lower/for-restore.js';
export {
  type LoweredTree,
  type LowerOptions,
  lowerTree,
  type TargetProfile,
} from './lower/lower-tree.js';
export type { PatchLayer } from './lower/patch-layer.js';
export type { MachineFacts } from './machine.js';
export { type DownResult, refineTree, writeFormat } from './migrations/index.js';
export { releaseOf } from './release.js';
export type { Loss } from './steps/step.js';
