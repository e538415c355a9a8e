/** Bundles: frozen trees on the disk, and as one file. */
export { digestBytes, digestFile, FileDigest } from './digest.js';
export { replaceDurably, syncPath, writeDurably } from './durable.js';
export { DOCUMENT, isBundleName, MANIFEST, STATE, toBundleName } from './layout.js';
export { BUNDLE_VERSION, type Manifest, type Member, manifestFromJson, manifestToJson } from './manifest.js';
export { currentState, type State, type StateEntry, stateToJson } from './state.js';
export {
  type BrokenBundle,
  type Bundle,
  bundlePath,
  ensureNameFree,
  ensureStore,
  findBundle,
  listBundles,
  makeWorkDirectory,
  openBundle,
  recordState,
  removeBundle,
  workDirectories,
} from './store.js';
export { type VerifyReport, verifyDigests, verifyLayout } from './verify.js';
