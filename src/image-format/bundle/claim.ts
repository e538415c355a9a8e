import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fail } from '../../errors.js';
import { lookAt } from '../look-at.js';
import { type WorkDirectory, workDirectories } from './store.js';

/** How long the first of several that came at once waits for the others to step back, ms. */
const PATIENCE = 1_000;
const PAUSE = 10;

/**
 * Takes a bundle for one who thaws or removes it. A claim is a file in the claimant's own work directory, which nobody else
 * removes as long as the claimant goes on: it is made first, and then the others are looked for. Whoever comes second sees
 * the first, in whatever order the steps of the two mix, and a claim that was left behind is in nobody's way. It goes with
 * the work directory. Throws `store-unusable` when the own claim cannot be seen.
 * @param goesOn whether somebody still works in a work directory
 * @returns who has the bundle, undefined when it is taken
 */
export async function claimBundle(
  store: string,
  bundleId: string,
  place: WorkDirectory,
  goesOn: (other: WorkDirectory) => boolean,
): Promise<WorkDirectory | undefined> {
  const mine = claimIn(place, bundleId);
  await writeFile(mine, '', { mode: 0o600 });
  const until = performance.now() + PATIENCE;
  for (;;) {
    const all = await claimants(store, bundleId);
    // Who does not see itself would not see others either.
    if (!all.some(({ id }) => id === place.id))
      throw fail('store-unusable', { store, problem: `${mine} has disappeared` });
    const [other] = all.filter(one => one.id !== place.id && goesOn(one));
    if (other === undefined) return undefined;
    // Of several that came at once none has the bundle yet: all but one step back, or nobody would ever get it.
    if (other.id < place.id || performance.now() > until) {
      await rm(mine);
      return other;
    }
    await setTimeout(PAUSE);
  }
}

/** Everybody whose work directory holds a claim, in the order in which those who came at once go. */
async function claimants(store: string, bundleId: string): Promise<readonly WorkDirectory[]> {
  const found: WorkDirectory[] = [];
  for (const directory of await workDirectories(store)) {
    if (await lookAt(claimIn(directory, bundleId))) found.push(directory);
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function claimIn({ path }: WorkDirectory, bundleId: string): string {
  return join(path, `claim-${bundleId}`);
}
