import { type Command, Option } from 'commander';
import { fail } from '../../errors.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { requireRoot } from '../frame/privilege.js';
import { filled } from '../frame/values.js';

interface Options {
  readonly install?: boolean;
  readonly installHook?: string;
  readonly uninstall?: boolean;
}

/** `ckpt guard`: has a freshly booted kernel keep the connections and the numbers of processes that are still frozen. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('guard')
    .description(
      'Keep the TCP connections and the PIDs of frozen processes, until they are thawed. A kernel that knows nothing of ' +
        'a connection answers its next packet with a reset, and the client is gone; and what starts at boot may take a ' +
        'PID that a frozen process needs. So the guard must stand before the network comes up and services start: ' +
        '--install makes systemd do that at every boot.',
    )
    .addOption(
      new Option('--install', 'make systemd raise the guards at every boot, before the network').conflicts([
        'installHook',
        'uninstall',
      ]),
    )
    .addOption(
      new Option(
        '--install-hook <file>',
        'write a shell script that raises the guards, for another init to run',
      )
        .argParser(filled('--install-hook', 'the path of a file'))
        .conflicts('uninstall'),
    )
    .option('--uninstall', 'undo --install')
    .action(async (options: Options) => {
      requireRoot();
      await guardCommand(io, options);
    });
  examples(command, [
    ['ckpt guard --install', 'once, before the first kernel switch'],
    ['ckpt guard', 'raise the guards now'],
    ['ckpt guard --uninstall', 'undo --install'],
  ]);
}

async function guardCommand(io: Io, { install, installHook, uninstall }: Options): Promise<void> {
  const [{ resolve }, unit, { replacedStore }] = await Promise.all([
    import('node:path'),
    import('../../host/guard-unit.js'),
    import('../../host/replaced-guard.js'),
  ]);
  const store = resolve(io.globals.store);
  const say = (facts: Readonly<Record<string, unknown>>, text: string): void =>
    io.globals.json ? io.json({ kind: 'guard', store, ...facts }) : io.out(text);
  if (uninstall) {
    await unit.uninstallGuard();
    const text = 'systemd raises no guards at boot any more; a script of --install-hook is yours to remove';
    say({ uninstalled: unit.UNIT }, text);
  } else if (installHook !== undefined) {
    const replaced = await replacedStore(store);
    await unit.installHook(installHook, store);
    const text = `${installHook} raises the guards of ${store}; run it before the network comes up`;
    say({ installed: installHook, replaced }, `${text}${notAnyMore(replaced)}`);
  } else if (install) {
    const replaced = await replacedStore(store);
    await unit.installGuard(store);
    const text = `the guards of ${store} are raised at every boot, before the network (${unit.UNIT})`;
    say({ installed: unit.UNIT, replaced }, `${text}${notAnyMore(replaced)}`);
  } else {
    const { raised, problem } = await unit.raiseAllGuards(store);
    if (problem !== undefined) throw fail('guard-failed', { problem });
    say({ raised }, raised.length === 0 ? 'no frozen connections to guard' : `raised ${raised.join(', ')}`);
  }
}

function notAnyMore(replaced: string | undefined): string {
  return replaced === undefined
    ? ''
    : `\n  replaces     the guards of ${replaced}, which are not raised any more`;
}
