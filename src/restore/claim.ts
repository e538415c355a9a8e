import { type CkptError, fail } from '../errors.js';
import { ownerPid, workGoesOn } from '../host/work-owner.js';
import { claimBundle, releaseClaim } from '../image-format/bundle/claim.js';
import { type Bundle, openBundle } from '../image-format/bundle/open-bundle.js';
import { currentState } from '../image-format/bundle/state.js';
import type { WorkDirectory } from '../image-format/bundle/store.js';

/** Why a bundle is not thawed unless it is to be thawed once more; undefined for one that waits. */
export function usedFailure(bundle: Bundle): CkptError | undefined {
  const { state, at } = currentState(bundle.state);
  if (state === 'frozen') return undefined;
  const pid = bundle.manifest.trees[0]?.root ?? 0;
  return fail(state === 'thawed' ? 'thaw-used' : 'thaw-unfinished', { name: bundle.name, at, pid });
}

/**
 * Takes a bundle for this thaw: of two at once one says so, and one that comes when the other is done finds it used. Throws
 * `thaw-under-way`, and what `usedFailure` gives. Who has it gives it back (`releaseClaim`).
 * @param place where this thaw works
 */
export async function claim(
  { bundle, store, again }: { readonly bundle: Bundle; readonly store: string; readonly again: boolean },
  place: WorkDirectory,
): Promise<void> {
  const { name, path, manifest } = bundle;
  const other = await claimBundle(store, manifest.id, place, workGoesOn);
  if (other !== undefined) throw fail('thaw-under-way', { name, pid: ownerPid(other.owner) });
  const used = again ? undefined : usedFailure(await openBundle(path));
  if (used === undefined) return;
  await releaseClaim(store, manifest.id);
  throw used;
}
