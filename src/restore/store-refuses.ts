import { CkptError, fail } from '../errors.js';

/** What a store says that takes nothing (open(2), write(2)), in words. */
const SAYS: Readonly<Record<string, string>> = {
  ENOSPC: 'its file system has no room, or no inodes, left',
  EDQUOT: 'its disk quota is used up',
  EROFS: 'it is mounted read-only',
  EIO: 'its device failed to write',
};
/** Failures that are the store's where the system has said one of these. Others have a place of their own that refuses. */
const OF_THE_STORE: ReadonlySet<string> = new Set(['store-unusable', 'image-no-room']);

/**
 * What went wrong in a thaw, as `thaw-store` where it is that the store takes nothing: what else says so advises another store
 * or folder, and the bundle is in this one. To be asked only as long as nothing runs. Pure.
 */
export function blamingStore(error: unknown, store: string): unknown {
  const cause = error instanceof CkptError && OF_THE_STORE.has(error.code) ? error.cause : error;
  if (cause instanceof CkptError || !(cause instanceof Error && 'code' in cause)) return error;
  const problem = SAYS[String(cause.code)];
  return problem === undefined ? error : fail('thaw-store', { store, problem }, { cause: error });
}
