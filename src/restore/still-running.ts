import type { Stat } from '../host/proc/parse-stat.js';
import { readStat } from '../host/proc/process.js';
import { systemIdentity } from '../host/system.js';
import { openBundle } from '../image-format/bundle/open-bundle.js';
import { currentState } from '../image-format/bundle/state.js';
import { bundlePath } from '../image-format/bundle/store.js';

/** A tree of a bundle, whose root has come back and lives. */
export interface RunningTree {
  /** The bundle's. */
  readonly name: string;
  readonly root: number;
}

/**
 * The trees of these bundles that were thawed in this boot and run on: their services would be started beside them. A PID alone
 * says little, so the program has to be the same. What cannot be read is left out.
 */
export async function stillRunning(
  store: string,
  names: readonly string[],
  look: (pid: number) => Pick<Stat, 'name' | 'state'> | undefined = readStat,
): Promise<readonly RunningTree[]> {
  const { bootId } = systemIdentity();
  const found = names.map(async name => {
    const bundle = await openBundle(bundlePath(store, name)).catch(() => undefined);
    if (bundle === undefined) return [];
    const { state, bootId: thawedIn } = currentState(bundle.state);
    if (state !== 'thawed' || thawedIn !== bootId) return [];
    const living = bundle.manifest.trees.filter(({ root, command }) => {
      const there = look(root);
      return there?.name === command && there.state !== 'Z' && there.state !== 'X';
    });
    return living.map(({ root }) => ({ name, root }));
  });
  return (await Promise.all(found)).flat();
}
