import { systemIdentity } from '../host/system.js';
import { type Bundle, recordState } from '../image-format/bundle/open-bundle.js';
import type { StateEntry } from '../image-format/bundle/state.js';

/**
 * Notes in a bundle what becomes of it here and now; gives the bundle with that.
 * @param scratch a folder in the same store
 */
export async function noteState(
  bundle: Bundle,
  state: StateEntry['state'],
  scratch: string,
): Promise<Bundle> {
  const { kernel, bootId } = systemIdentity();
  return recordState(bundle, { state, at: new Date().toISOString(), kernel, bootId }, scratch);
}
