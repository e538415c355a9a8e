/** Bundles: frozen trees on the disk, and as one file. */
export { STATE } from './layout.js';
export { type Bundle, findBundle, listBundles, openBundle } from './open-bundle.js';
export { currentState } from './state.js';
export type { VerifyReport } from './verify.js';
