import type { Command } from 'commander';
import { fail } from '../../errors.js';
import { examples } from '../frame/examples.js';
import { interruptible } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { requireRoot } from '../frame/privilege.js';
import { oneOf } from '../frame/values.js';
import { count, duration } from '../render/units.js';

interface Options {
  readonly again?: boolean;
  readonly tcp?: 'established' | 'close' | 'refuse';
  readonly shellJob?: boolean;
  readonly dryRun?: boolean;
}

/** `ckpt thaw`: a bundle into running processes. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('thaw')
    .description(
      'Bring frozen processes back. The bundle is only read, so a thaw that fails can be tried again.',
    )
    .argument(
      '[name|file]',
      'a bundle of the store, or a .ckpt file; without it, every bundle not thawed yet',
    )
    .option('--again', 'thaw a bundle that was thawed before')
    .option(
      '--tcp <policy>',
      'instead of what the freeze chose',
      oneOf('--tcp', ['established', 'close', 'refuse']),
    )
    .option('--shell-job', 'give the tree the terminal of this shell')
    .option('--dry-run', 'check everything that can be checked, and start nothing')
    .action(async (name: string | undefined, options: Options) => {
      requireRoot();
      await thawCommand(io, name, options);
    });
  examples(command, [
    ['ckpt thaw', 'everything that is frozen and was not thawed yet'],
    ['ckpt thaw db', 'the bundle "db"'],
    ['ckpt thaw /mnt/usb/db.ckpt', 'a bundle that came as a file (it is put into the store first)'],
    ['ckpt thaw db --again', 'a second time, if the first copy is gone'],
  ]);
}

async function thawCommand(io: Io, name: string | undefined, options: Options): Promise<void> {
  const [{ findCriu }, { refuseUnfitCriu }, { thaw }, { ensureStore }] = await Promise.all([
    import('../../host/criu/find.js'),
    import('../../host/doctor/refuse-unfit.js'),
    import('../../restore/thaw.js'),
    import('../../image-format/bundle/store.js'),
  ]);
  const store = await ensureStore(io.globals.store);
  const criu = await findCriu({ path: io.globals.criu, env: io.env });
  await refuseUnfitCriu(criu);
  const results = [];
  for (const bundle of await chooseBundles(store, name)) {
    const result = await interruptible(abort =>
      thaw({
        bundle,
        store,
        criu,
        again: options.again ?? false,
        dryRun: options.dryRun ?? false,
        ...(options.tcp === undefined ? {} : { tcp: options.tcp }),
        ...(options.shellJob === undefined ? {} : { shellJob: options.shellJob }),
        verbose: io.globals.verbose,
        abort,
        emit: io.emit,
      }),
    );
    results.push(result);
    if (!io.globals.json) io.out(report(result, options.dryRun ?? false));
  }
  if (io.globals.json) io.json({ kind: 'thaw', bundles: results });
}

/** The bundle that was named, a file's after it was put into the store, or all that wait. */
async function chooseBundles(store: string, name: string | undefined) {
  const { currentState, findBundle, listBundles } = await import('../../image-format/bundle/index.js');
  if (name === undefined) {
    const { bundles } = await listBundles(store);
    const waiting = bundles.filter(
      bundle => currentState(bundle.state).state === 'frozen' && !bundle.manifest.options.leftRunning,
    );
    if (waiting.length === 0) throw fail('thaw-nothing', { store });
    return waiting;
  }
  if (!name.endsWith('.ckpt') && !name.includes('/')) return [await findBundle(store, name)];
  const { unpackBundle } = await import('../../image-format/bundle/archive.js');
  return [await unpackBundle(name, store)];
}

function report(
  result: Awaited<ReturnType<typeof import('../../restore/thaw.js').thaw>>,
  dryRun: boolean,
): string {
  const trees = result.trees
    .map(tree => `${tree.command} (PID ${tree.root}, ${count(tree.processes, 'process', 'processes')})`)
    .join(', ');
  const lines = [
    dryRun ? `nothing stands against thawing ${result.name}: ${trees}` : `thawed ${result.name}: ${trees}`,
    ...(result.connections > 0 ? [`  connections  ${result.connections} TCP kept`] : []),
    ...(dryRun ? [] : [`  took         ${duration(result.total)}`]),
    ...result.losses.map(loss => `  changed      ${loss.reason} (${loss.severity})`),
  ];
  return lines.join('\n');
}
