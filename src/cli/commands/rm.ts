import type { Command } from 'commander';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';

/** `ckpt rm`: removes bundles; ones that hold the only copy of a process need `--force`. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('rm')
    .description('Remove bundles from the store.')
    .argument('<name...>', 'bundles of the store')
    .option('--force', 'also one that was never thawed: its processes are lost for good')
    .option('--dry-run', 'say what would be removed')
    .action(async (names: string[], { force = false, dryRun = false }: Options) => {
      const { removeBundles } = await import('../../restore/remove-bundles.js');
      const { rmText } = await import('../render/rm-text.js');
      const { store } = io.globals;
      const running = dryRun ? new Map<string, number>() : await unitsOfRunning(store, names);
      let removed: readonly string[];
      let released: readonly string[] = [];
      try {
        removed = await removeBundles({ store, names, force, dryRun, emit: io.emit });
      } finally {
        // Also after a failure: what was removed before it has no service to hold back any more.
        if (!dryRun) released = await tidy(io);
      }
      if (io.globals.json) io.json({ kind: 'rm', removed, dryRun, released });
      else io.out(rmText(removed, dryRun, { released, running }));
    });
  examples(command, [
    ['ckpt rm db', 'remove a bundle that was thawed'],
    ['ckpt rm db --force', 'give up processes that were never thawed'],
  ]);
}

interface Options {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** The units that are held back only because the bundles are there, though what was thawed of them runs: its PID, by unit. */
async function unitsOfRunning(store: string, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const [{ stillRunning }, { unitsHeldFor }, { scopeName }] = await Promise.all([
    import('../../restore/still-running.js'),
    import('../../host/systemd/held-back.js'),
    import('../../host/systemd/scope.js'),
  ]);
  const units = new Map<string, number>();
  for (const { name, root } of await stillRunning(store, names))
    for (const unit of await unitsHeldFor({ scopes: [scopeName(name, root)] })) units.set(unit, root);
  return units;
}

/** Takes away what means nothing without the bundles, and what was cut off; gives the services that can be started again. */
async function tidy({ globals, emit }: Io): Promise<readonly string[]> {
  const [{ releaseHeldServices, unreadWarning }, { sweepStore }] = await Promise.all([
    import('../../checkpoint/hold-back.js'),
    import('../../checkpoint/store/sweep-store.js'),
  ]);
  await sweepStore(globals.store);
  const { units, problem } = await releaseHeldServices();
  if (problem === undefined) return units;
  // As long as systemd goes by what it read before, they are held back.
  emit({ type: 'warning', operation: 'rm', message: unreadWarning(problem) });
  return [];
}
