import { type CkptError, fail } from '../errors.js';
import { ownerPid, workGoesOn } from '../host/work-owner.js';
import { claimBundle } from '../image-format/bundle/claim.js';
import { type Bundle, findBundle } from '../image-format/bundle/open-bundle.js';
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
 * Takes a bundle for this thaw: of two at once one says so, and one that comes when the other is done finds it used, or
 * gone. It is given back with the place. Throws `thaw-under-way`, `bundle-missing`, and what `usedFailure` gives.
 * @param place where this thaw works
 */
export async function claim(
  { bundle, store, again }: { readonly bundle: Bundle; readonly store: string; readonly again: boolean },
  place: WorkDirectory,
): Promise<void> {
  const { name, manifest } = bundle;
  await takeBundle(store, { name, id: manifest.id }, place);
  const now = await findBundle(store, name);
  // Another freeze's, of the same name, must not be marked as thawed.
  if (now.manifest.id !== manifest.id) throw fail('bundle-missing', { name, store });
  const used = again ? undefined : usedFailure(now);
  if (used !== undefined) throw used;
}

/** Makes sure that nobody else thaws or removes a bundle as long as `place` is there. Throws `thaw-under-way`. */
export async function takeBundle(
  store: string,
  { name, id }: { readonly name: string; readonly id: string },
  place: WorkDirectory,
): Promise<void> {
  const other = await claimBundle(store, id, place, workGoesOn);
  if (other !== undefined) throw fail('thaw-under-way', { name, pid: ownerPid(other.owner) });
}
