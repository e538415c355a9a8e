import type { Command } from 'commander';
import { fail } from '../../errors.js';
import type { Bundle } from '../../image-format/bundle/index.js';
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
    .action(async (names: string[], options: { force?: boolean; dryRun?: boolean }) => {
      const { bundlePath, currentState, findBundle, openBundle, removeBundle } = await import(
        '../../image-format/bundle/index.js'
      );
      const { access } = await import('node:fs/promises');
      const { releaseHeldServices } = await import('../../checkpoint/hold-back.js');
      const chosen: { readonly name: string; readonly path: string; readonly waiting?: Bundle }[] = [];
      for (const name of names) {
        const path = bundlePath(io.globals.store, name);
        const there = await access(path).then(
          () => true,
          () => false,
        );
        if (!there) await findBundle(io.globals.store, name);
        const bundle = await openBundle(path).catch(error => {
          // What cannot be read cannot be known to be used up.
          if (options.force) return undefined;
          throw error;
        });
        const onlyCopy =
          bundle !== undefined &&
          currentState(bundle.state).state !== 'thawed' &&
          !bundle.manifest.options.leftRunning;
        if (onlyCopy && !options.force) throw fail('rm-only-copy', { name });
        chosen.push({ name, path, ...(onlyCopy ? { waiting: bundle } : {}) });
      }
      // All that was named, or nothing.
      for (const { path, waiting } of options.dryRun ? [] : chosen) {
        if (waiting !== undefined) await unlock(waiting);
        await removeBundle({ path });
      }
      const removed = chosen.map(({ name }) => name);
      const released = options.dryRun ? [] : await releaseHeldServices();
      if (io.globals.json) io.json({ kind: 'rm', removed, dryRun: options.dryRun ?? false, released });
      else {
        io.out(`${options.dryRun ? 'would remove' : 'removed'} ${removed.join(', ')}`);
        if (released.length > 0) io.out(`  no longer held back: ${released.join(', ')} (systemctl start)`);
      }
    });
  examples(command, [
    ['ckpt rm db', 'remove a bundle that was thawed'],
    ['ckpt rm db --force', 'give up processes that were never thawed'],
  ]);
}

/** Takes the kernel's rules for its connections away with a bundle that nobody will thaw: the guard's, and those of CRIU. */
async function unlock(bundle: Bundle): Promise<void> {
  const [
    { systemIdentity },
    { guardTable, removeGuard, removeLock },
    { readVerifiedDocument },
    { hasGuard },
  ] = await Promise.all([
    import('../../host/system.js'),
    import('../../host/nftables.js'),
    import('../../image-format/bundle/verify-document.js'),
    import('../../image-format/bundle/manifest.js'),
  ]);
  if (hasGuard(bundle.manifest)) await removeGuard(guardTable(bundle.manifest.id));
  // A reboot has taken those of CRIU away.
  if (bundle.manifest.origin.bootId !== systemIdentity().bootId) return;
  // What is damaged can be removed all the same.
  const document = await readVerifiedDocument(bundle).catch(() => undefined);
  for (const { capture, root } of document?.trees ?? []) await removeLock(capture?.runId, root);
}
