import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CkptError } from '../../errors.js';
import type { BootThawState } from '../../host/systemd/boot-thaws.js';
import type { AwayBundle } from '../../host/systemd/held-back.js';
import { bootUnit } from '../../host/systemd/unit-files.js';
import { examples } from '../frame/examples.js';
import { defaultStore } from '../frame/globals.js';
import type { Io } from '../frame/io.js';
import { shellWord } from '../render/shell-word.js';
import { stateInWords } from '../render/show-words.js';
import { table } from '../render/table.js';
import { printable } from '../render/text.js';
import { ago, bytes } from '../render/units.js';

/** What is to be known of a bundle that this boot has not brought back. */
const BOOT_THAW: Readonly<Record<BootThawState, (name: string) => string>> = {
  failed: name => `this boot could not thaw ${name}: systemctl status ${shellWord(bootUnit(name))}`,
  running: name => `this boot is just thawing ${name}: systemctl status ${shellWord(bootUnit(name))}`,
};

/** `ckpt list`: the bundles of the store, and what was done with each. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('list')
    .description('List the bundles of the store, oldest first.')
    .action(async () => {
      const [{ currentState, listBundles }, { bootThaws }, { bundlesAway }] = await Promise.all([
        import('../../image-format/bundle/index.js'),
        import('../../host/systemd/boot-thaws.js'),
        import('../../host/systemd/held-back.js'),
      ]);
      const { bundles, broken, strays } = await listBundles(io.globals.store).catch(
        emptyUnlessNamed(io.globals.store),
      );
      const rows = bundles.map(({ name, path, manifest, state }) => ({
        name,
        path,
        state: currentState(state).state,
        copy: manifest.options.leftRunning,
        frozenAt: manifest.createdAt,
        kernel: manifest.origin.kernel,
        criu: manifest.origin.criu,
        size: manifest.members.reduce((sum, member) => sum + member.size, 0),
        trees: manifest.trees.map(({ root, command, processes }) => ({ root, command, processes })),
      }));
      const away = await bundlesAway(resolve(io.globals.store));
      const thaws = await bootThaws(
        rows.filter(({ state, copy }) => state === 'frozen' && !copy).map(({ name }) => name),
      );
      if (io.globals.json) {
        const unreadable = broken.map(({ name, path, problem }) => ({
          name,
          path,
          problem: problem.message,
        }));
        return io.json({
          kind: 'list',
          store: io.globals.store,
          bundles: rows.map(row => ({ ...row, bootThaw: thaws.get(row.name) })),
          unreadable,
          strays,
          ...(away.length > 0 ? { away } : {}),
        });
      }
      for (const { problem } of broken) io.err(`ckpt: ${printable(problem.message)}`);
      for (const { path, kind } of strays)
        io.err(`ckpt: ${path} is no bundle but a ${kind}; ckpt leaves it alone`);
      for (const bundle of away) io.err(`ckpt: ${awayText(bundle, io.globals.store)}`);
      if (rows.length === 0) {
        if (broken.length === 0 && away.length === 0) io.err(`no bundles in ${io.globals.store}`);
        return;
      }
      io.out(
        table(
          [
            { heading: 'NAME' },
            { heading: 'STATE' },
            { heading: 'FROZEN' },
            { heading: 'KERNEL' },
            { heading: 'SIZE', align: 'right' },
            { heading: 'PROCESSES' },
          ],
          rows.map(row => [
            row.name,
            stateInWords(row.state, row.copy),
            ago(Date.parse(row.frozenAt), Date.now()),
            row.kernel,
            bytes(row.size),
            row.trees
              .map(
                tree => `${tree.command}[${tree.root}]${tree.processes > 1 ? `+${tree.processes - 1}` : ''}`,
              )
              .join(' '),
          ]),
          { width: io.columns, style: io.style },
        ),
      );
      for (const [name, state] of thaws) io.err(`ckpt: ${BOOT_THAW[state](name)}`);
    });
  examples(command, [
    ['ckpt list', 'what is frozen here'],
    ['ckpt list --json | jq .bundles[].name', 'for a script'],
  ]);
}

/** What an administrator sees of a bundle whose disk has not come. */
function awayText({ name, place, thawedAtBoot, units }: AwayBundle, store: string): string {
  const again = thawedAtBoot
    ? `systemctl start ${shellWord(bootUnit(name))}`
    : `ckpt thaw ${shellWord(name)}${resolve(store) === defaultStore ? '' : ` --store ${shellWord(store)}`}`;
  const held = units.length === 0 ? '' : `, and ${units.join(', ')} for it`;
  return `${name} waits in ${store}, which is not there${held}; mount ${shellWord(place)}, then: ${again}`;
}

/** The default store is made by the first freeze, and is an empty one until then; one that somebody names is missed. */
export function emptyUnlessNamed(store: string) {
  return (error: unknown) => {
    const missing = error instanceof CkptError && error.code === 'store-missing';
    if (missing && resolve(store) === defaultStore) return { bundles: [], broken: [], strays: [] };
    throw error;
  };
}
