import type { Command } from 'commander';
import { fail } from '../../errors.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { requireRoot } from '../frame/privilege.js';

/** `ckpt guard`: keeps a freshly booted kernel silent about connections whose processes are still frozen. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('guard')
    .description(
      [
        'Keep the kernel silent about the TCP connections of frozen processes, until they are thawed.',
        'A kernel that knows nothing of a connection answers its next packet with a reset, and the client is gone. So the',
        'guard must stand before the network comes up: --install makes systemd do that at every boot.',
      ].join('\n'),
    )
    .option('--install', 'make systemd raise the guards at every boot, before the network')
    .option('--install-hook <file>', 'write a shell script that raises the guards, for another init to run')
    .option('--uninstall', 'undo --install')
    .action(async (options: { install?: boolean; installHook?: string; uninstall?: boolean }) => {
      requireRoot();
      const { resolve } = await import('node:path');
      const store = resolve(io.globals.store);
      const guard = await import('../../host/guard.js');
      const unit = await import('../../host/guard-unit.js');
      if (options.uninstall) {
        await unit.uninstallGuard();
        io.out('the guards are no longer raised at boot');
      } else if (options.installHook !== undefined) {
        await unit.installHook(options.installHook, guard.guardScript(store));
        io.out(`${options.installHook} raises the guards of ${store}; run it before the network comes up`);
      } else if (options.install) {
        await unit.installGuard(store, guard.guardScript(store));
        io.out(`the guards of ${store} are raised at every boot, before the network (${unit.UNIT})`);
      } else {
        const { raised, problem } = await guard.raiseGuards(store);
        if (problem !== undefined) throw fail('guard-failed', { problem });
        if (io.globals.json) io.json({ kind: 'guard', store, raised });
        else io.out(raised.length === 0 ? 'no frozen connections to guard' : `raised ${raised.join(', ')}`);
      }
    });
  examples(command, [
    ['ckpt guard --install', 'once, before the first kernel switch with live clients'],
    ['ckpt guard', 'raise the guards now'],
    ['ckpt guard --uninstall', 'undo --install'],
  ]);
}
