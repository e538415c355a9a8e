import type { Command } from 'commander';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { bytes, count } from '../render/units.js';

/** `ckpt verify`: every member, size, digest and count of a bundle. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('verify')
    .description('Check every member, size, digest and page count of bundles. Nothing is changed.')
    .argument('<name...>', 'bundles of the store')
    .action(async (names: string[]) => {
      const { keepHeapSmall } = await import('../../host/heap.js');
      keepHeapSmall();
      const { findBundle } = await import('../../image-format/bundle/index.js');
      const { verifyBundle } = await import('../../image-format/bundle/verify-document.js');
      const { requireSignature } = await import('../../image-format/bundle/signature.js');
      const reports = [];
      for (const name of names) {
        const bundle = await findBundle(io.globals.store, name);
        requireSignature(name, bundle.manifest, io.env.CKPT_TRUST_KEY);
        const total = bundle.manifest.members.reduce((sum, member) => sum + member.size, 0);
        let done = 0;
        const report = await verifyBundle(bundle, read => {
          done += read;
          io.emit({ type: 'progress', operation: 'verify', what: name, done, total, unit: 'bytes' });
        });
        reports.push({ name, ...report });
        if (io.globals.json) continue;
        io.out(`${name} is whole: ${count(report.members, 'member')}, ${bytes(report.bytes)}`);
        for (const member of report.undigested) {
          io.out(
            `  ${member}: right size and page count; its digest was never made (the freeze was cut off after the seal)`,
          );
        }
      }
      if (io.globals.json) io.json({ kind: 'verify', bundles: reports });
    });
  examples(command, [
    ['ckpt verify db', 'is the bundle "db" whole?'],
    ['ckpt verify db web && reboot', 'go on only if both are'],
  ]);
}
