import { fail } from '../../../errors.js';
import type { StoreFacts } from '../../../host/store-facts.js';
import type { FreezeOptions } from './options.js';

/** The place of a bundle to be made. */
export interface OpenStore {
  readonly place: StoreFacts;
  /** What is to be said against it. */
  readonly warnings: readonly string[];
}

/**
 * Makes sure that the bundle can be written, before anything of the freeze is: a store (absolute; made unless nothing is to
 * be frozen), the name, and room for the memory of these processes. Throws `store-not-directory`, `store-unusable`,
 * `bundle-name-taken` and its like, `store-noexec`, `store-in-memory`, `store-full`.
 */
export async function openStore(
  store: string,
  name: string,
  pids: readonly number[],
  options: FreezeOptions,
): Promise<OpenStore> {
  const [{ ensureNameFree, ensureStore }, { refuseIfTooLarge }, { storePlace }, { sweepStore }] =
    await Promise.all([
      import('../../../image-format/bundle/store.js'),
      import('../../../checkpoint/store/memory-need.js'),
      import('../../../checkpoint/store/store-place.js'),
      import('../../../checkpoint/store/sweep-store.js'),
    ]);
  if (!options.dryRun) await ensureStore(store);
  await ensureNameFree(store, name);
  if (!options.dryRun) await sweepStore(store);
  const place = await storePlace(store);
  const warnings = warnOfMemory(place, options);
  refuseIfTooLarge(place, pids);
  return { place, warnings };
}

/**
 * A store in memory is warned of and not refused, for what is thawed again under this kernel (on another CRIU, in a test) can
 * well lie there. Only a thaw at the next boot cannot be meant.
 */
function warnOfMemory({ path, volatile }: StoreFacts, { thawAtBoot }: FreezeOptions): readonly string[] {
  if (volatile === undefined) return [];
  if (thawAtBoot) throw fail('store-in-memory', { store: path, kind: volatile });
  return [
    `the store ${path} lies in memory (${volatile}): what is frozen into it is gone after a kernel switch; choose a folder on a disk with --store DIR`,
  ];
}
