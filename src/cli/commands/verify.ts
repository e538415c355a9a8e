import type { Command } from 'commander';
import type { CkptError } from '../../errors.js';
import type { VerifyReport } from '../../image-format/bundle/verify.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { withBundle } from '../frame/looking-at.js';
import { failedJson, sayFailure } from '../frame/several.js';
import { asFailure } from '../render/failure.js';
import { bytes, count } from '../render/units.js';

/** `ckpt verify`: every member, size, digest and count of a bundle. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('verify')
    .description(
      'Check every member, size, digest and page count of bundles. Nothing is changed. All of them are looked at, and the ' +
        'exit status is that of the first that is damaged.',
    )
    .argument('<name|file...>', 'bundles of the store, or .ckpt files')
    .action(async (names: string[]) => {
      const { keepHeapSmall } = await import('../../host/heap.js');
      keepHeapSmall();
      const reports: NamedReport[] = [];
      const failures: CkptError[] = [];
      for (const name of names) {
        try {
          const report = await verifyOne(io, name);
          reports.push(report);
          if (!io.globals.json) io.out(reportText(report));
        } catch (error) {
          const failure = asFailure(error);
          // Of several bundles, one that is damaged keeps none of the others from being looked at.
          if (names.length === 1) throw failure;
          failures.push(failure);
          sayFailure(io, failure);
        }
      }
      if (io.globals.json) io.json({ kind: 'verify', bundles: reports, ...failedJson(io, failures) });
      io.setStatus(failures[0]?.exit ?? 0);
    });
  examples(command, [
    ['ckpt verify db', 'is the bundle "db" whole?'],
    ['ckpt verify db web && reboot', 'go on only if both are'],
    ['ckpt verify /mnt/usb/db.ckpt', 'did the copy arrive whole?'],
  ]);
}

type NamedReport = VerifyReport & { readonly name: string };

async function verifyOne(io: Io, name: string): Promise<NamedReport> {
  const [{ verifyBundle }, { requireSignature }] = await Promise.all([
    import('../../image-format/bundle/verify-document.js'),
    import('../../image-format/bundle/signature.js'),
  ]);
  return withBundle(io, name, 'verify', async bundle => {
    requireSignature(name, bundle.manifest, io.env.CKPT_TRUST_KEY);
    const total = bundle.manifest.members.reduce((sum, member) => sum + member.size, 0);
    let done = 0;
    const report = await verifyBundle(bundle, read => {
      done += read;
      io.emit({ type: 'progress', operation: 'verify', what: name, done, total, unit: 'bytes' });
    });
    return { name, ...report };
  });
}

function reportText({ name, members, bytes: size, undigested }: NamedReport): string {
  return [
    `${name} is whole: ${count(members, 'member')}, ${bytes(size)}`,
    ...undigested.map(
      member =>
        `  ${member}: right size and page count; its digest was never made (the freeze was cut off after the seal)`,
    ),
  ].join('\n');
}
