/** Bundles: frozen trees on the disk, and as one file. */
export { digestBytes, digestFile, FileDigest } from './digest.js';
export { replaceDurably, syncPath, writeDurably } from './durable.js';
export { DOCUMENT, isBundleName, MANIFEST, STATE, toBundleName } from './layout.js';
export { BUNDLE_VERSION, type Manifest, type Member, manifestToJson } from './manifest.js';
export { manifestFromJson } from './manifest-schema.js';
export {
  type BrokenBundle,
  type Bundle,
  findBundle,
  listBundles,
  openBundle,
  recordState,
  removeBundle,
} from './open-bundle.js';
export { currentState, type State, type StateEntry, stateToJson } from './state.js';
export {
  bundlePath,
  ensureNameFree,
  ensureStore,
  makeWorkDirectory,
  openStore,
  type WorkOwner,
  workDirectories,
} from './store.js';
export { type VerifyReport, verifyDigests, verifyLayout } from './verify.js';
