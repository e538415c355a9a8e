import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CkptError } from '../../errors.js';
import type { Bundle } from '../../image-format/bundle/index.js';
import { examples } from '../frame/examples.js';
import { defaultStore } from '../frame/globals.js';
import type { Io } from '../frame/io.js';
import { awayText, bootThawText, type ListedBundle, listTable } from '../render/list-text.js';
import { printable } from '../render/text.js';
import { withStore } from '../render/with-store.js';

/** `ckpt list`: the bundles of the store, and what was done with each. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('list')
    .description('List the bundles of the store, oldest first.')
    .action(() => listCommand(io));
  examples(command, [
    ['ckpt list', 'what is frozen here'],
    ['ckpt list --json | jq .bundles[].name', 'for a script'],
  ]);
}

async function listCommand(io: Io): Promise<void> {
  const [{ currentState, listBundles }, { bootThaws }, { bundlesAway }, { bootId }] = await Promise.all([
    import('../../image-format/bundle/index.js'),
    import('../../host/systemd/boot-thaws.js'),
    import('../../host/systemd/held-back.js'),
    import('../../host/system.js'),
  ]);
  const { store, elsewhere } = io.globals;
  const { bundles: read, broken, strays } = await listBundles(store).catch(emptyUnlessNamed(store));
  const bundles = read.map(bundle => listed(bundle, currentState(bundle.state).state));
  const here = new Set(
    read.filter(({ manifest }) => manifest.origin.bootId === bootId()).map(({ name }) => name),
  );
  const away = await bundlesAway(resolve(store));
  const frozen = bundles.filter(({ state, copy }) => state === 'frozen' && !copy);
  const thaws = await bootThaws(frozen.map(({ name }) => ({ name, ofThisBoot: here.has(name) })));
  if (io.globals.json) {
    return io.json({
      kind: 'list',
      store,
      bundles: bundles.map(bundle => ({ ...bundle, bootThaw: thaws.get(bundle.name) })),
      unreadable: broken.map(({ name, path, problem }) => ({ name, path, problem: problem.message })),
      strays,
      ...(away.length > 0 ? { away } : {}),
    });
  }
  for (const { problem } of broken) io.err(`ckpt: ${printable(problem.message)}`);
  for (const { path, kind } of strays)
    io.err(`ckpt: ${path} is a ${kind} and not a bundle; ckpt leaves it alone`);
  for (const bundle of away) io.err(`ckpt: ${withStore(awayText(bundle, store), elsewhere)}`);
  if (bundles.length > 0) io.out(listTable(bundles, Date.now(), { width: io.columns, style: io.style }));
  else if (broken.length === 0 && away.length === 0) io.err(`no bundles in ${store}`);
  for (const [name, state] of thaws) io.err(`ckpt: ${bootThawText(name, state)}`);
}

function listed({ name, path, manifest }: Bundle, state: string): ListedBundle {
  return {
    name,
    path,
    state,
    copy: manifest.options.leftRunning,
    frozenAt: manifest.createdAt,
    kernel: manifest.origin.kernel,
    criu: manifest.origin.criu,
    size: manifest.members.reduce((sum, member) => sum + member.size, 0),
    trees: manifest.trees.map(({ root, command, processes }) => ({ root, command, processes })),
  };
}

/** The default store is made by the first freeze, and is an empty one until then; one that somebody names is missed. */
export function emptyUnlessNamed(store: string) {
  return (error: unknown) => {
    const missing = error instanceof CkptError && error.code === 'store-missing';
    if (missing && resolve(store) === defaultStore) return { bundles: [], broken: [], strays: [] };
    throw error;
  };
}
