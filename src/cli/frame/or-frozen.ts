import { join } from 'node:path';
import { CkptError, fail } from '../../errors.js';

/** The fact that names what was not found, by the failure's code. */
const NOT_FOUND: Readonly<Record<string, string>> = {
  'target-missing': 'pid',
  'target-name-unknown': 'name',
  'target-unit-idle': 'unit',
};

/**
 * Looks for targets. What is not there since it waits in a bundle of the store is said to: a freeze may be typed twice.
 * Throws `target-frozen`, or what `finding` throws.
 */
export async function orFrozen<T>(store: string, finding: () => Promise<T>): Promise<T> {
  try {
    return await finding();
  } catch (error) {
    const fact = error instanceof CkptError ? NOT_FOUND[error.code] : undefined;
    const word = fact !== undefined && error instanceof CkptError ? error.facts[fact] : undefined;
    const bundle = word === undefined ? undefined : await bundleOf(store, `${word}`);
    throw bundle === undefined
      ? error
      : fail('target-frozen', { target: fact === 'pid' ? `process ${word}` : `${word}`, bundle });
  }
}

/** The bundle that waits with a tree of this PID, name or unit, whose name may be another of that unit. */
async function bundleOf(store: string, word: string): Promise<string | undefined> {
  const [{ currentState, listBundles }, { FROZEN }, { unitsHeldFor }] = await Promise.all([
    import('../../image-format/bundle/index.js'),
    import('../../image-format/bundle/layout.js'),
    import('../../host/systemd/held-back.js'),
  ]);
  const { bundles } = await listBundles(store).catch(() => ({ bundles: [] }));
  const waiting = bundles.filter(
    ({ manifest, state }) => currentState(state).state !== 'thawed' && !manifest.options.leftRunning,
  );
  const units = waiting.length === 0 ? [] : [word, `${word}.service`, await ownNameOf(word)];
  for (const { name, path, manifest } of waiting) {
    if (manifest.trees.some(({ root, command }) => `${root}` === word || command === word)) return name;
    const held = await unitsHeldFor({ mark: join(path, FROZEN) });
    if (held.some(unit => units.includes(unit))) return name;
  }
  return undefined;
}

/** As systemd calls the unit that bears this name beside its own (redis.service for redis-server.service). */
async function ownNameOf(word: string): Promise<string> {
  const { runSystemctl } = await import('../../host/systemd/systemctl.js');
  const unit = word.includes('.') ? word : `${word}.service`;
  return (await runSystemctl('maybe', ['show', '-p', 'Id', '--value', '--', unit])).stdout.trim();
}
