import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConvertResult, Goal } from '../../conversion/convert.js';
import { Exit } from '../../errors/failure.js';
import { isOlder } from '../../versions.js';
import { examples } from '../frame/examples.js';
import { sweptIfInterrupted, untilInterrupted } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { lookingAt } from '../frame/looking-at.js';
import { conversionGoal, criuVersion, filled, kernelRelease } from '../frame/values.js';
import { convertText } from '../render/convert-text.js';

interface Options {
  readonly to: ReturnType<ReturnType<typeof conversionGoal>>;
  readonly kernel?: string;
  readonly criuVersion?: string;
  readonly report?: boolean;
  readonly dryRun?: boolean;
  readonly digests: boolean;
}

interface Asked {
  readonly source: string;
  readonly target: string;
  readonly options: Options;
}

/** `ckpt convert`: frozen trees for another CRIU, or into the neutral form. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('convert')
    .description(
      'Convert frozen processes: images for another CRIU release, or a bundle in the neutral format. The source is not changed; pages are linked, not copied, where the file system allows it.',
    )
    .argument(
      '<source>',
      'a bundle (name or path), a .ckpt file, or a directory of CRIU images',
      filled('<source>', 'a bundle, a file or a folder'),
    )
    .argument(
      '<destination>',
      'a directory for images; a path, or one that ends in .ckpt, for a bundle',
      filled('<destination>', 'a path'),
    )
    .requiredOption(
      '--to <form>',
      'criu:VERSION, this-host (the CRIU and kernel here), neutral, or neutral:FORMAT',
      conversionGoal('--to'),
    )
    .option(
      '--kernel <release>',
      'with criu:VERSION, the kernel that will run them, as uname -r says it',
      kernelRelease('--kernel'),
    )
    .option(
      '--criu-version <version>',
      'the CRIU that wrote a directory of images, if it is recognised wrongly',
      criuVersion('--criu-version'),
    )
    .option('--report', 'say which fields are modelled, which are only carried, and what is lost')
    .option('--no-digests', 'do not read the pages of a new bundle: quick for any size')
    .option('--dry-run', 'do everything but write')
    .action(async (source: string, target: string, options: Options) => {
      const asked = { source, target, options };
      await untilInterrupted('the conversion', abort => convertCommand(io, asked, abort));
    });
  examples(command, [
    ['ckpt convert db images --to criu:4.1.1', 'the bundle "db" as images that CRIU 4.1.1 restores'],
    ['ckpt convert dump old --to criu:3.17.1 --kernel 6.1', 'images of plain CRIU, for a rollback'],
    ['ckpt convert dump db.ckpt --to neutral', 'images of plain CRIU as one portable file'],
    ['ckpt convert db x --to this-host --dry-run --report', 'what would be lost here?'],
  ]);
}

async function convertCommand(
  io: Io,
  { source: name, target, options }: Asked,
  abort: AbortSignal,
): Promise<void> {
  const { keepHeapSmall } = await import('../../host/heap.js');
  keepHeapSmall();
  const [{ convert }, { openSource }, { ensureTargetFree }, { signerWith }, { workOwner }] =
    await Promise.all([
      import('../../conversion/convert.js'),
      import('../../conversion/source.js'),
      import('../../conversion/write-images.js'),
      import('../../image-format/bundle/signature.js'),
      import('../../host/work-owner.js'),
    ]);
  const goal = await goalOf(io, options);
  await warnOfUnknown(io, goal);
  // A .ckpt file is unpacked beside the target.
  await ensureTargetFree(resolve(target));
  const owner = workOwner();
  const scratch = dirname(resolve(target));
  const source = await openSource(name, {
    ...(await lookingAt(io, 'convert', { abort, scratch })),
    ...(options.criuVersion === undefined ? {} : { criu: options.criuVersion }),
  });
  try {
    const { digests, dryRun = false } = options;
    const sign = signerWith(io.env.CKPT_SIGN_KEY);
    const how = { sign, source, target, goal, dryRun, digests, owner, abort, emit: io.emit };
    const result = await sweptIfInterrupted(abort, { folder: scratch, owner }, () => convert(how));
    const { payloads: _, ...images } = source.images ?? { payloads: [] };
    const recognised = 'criu' in images ? images : undefined;
    if (io.globals.json) io.json({ kind: 'convert', source: name, goal: shown(goal), recognised, ...result });
    else io.out(convertText(result, { name, goal, recognised, report: options.report ?? false }));
    if (dryRun && refused(result)) io.setStatus(Exit.incompatible);
  } finally {
    await source.close();
  }
}

/** Newer releases have changed little so far, so it is tried. */
async function warnOfUnknown({ emit }: Io, goal: Goal): Promise<void> {
  const { NEWEST } = await import('../../converters/release.js');
  if (goal.to !== 'criu' || !isOlder(NEWEST, goal.criu)) return;
  const message = `CRIU ${goal.criu} is newer than any that this ckpt knows: images are made as ${NEWEST} writes them`;
  emit({ type: 'warning', operation: 'convert', message });
}

async function goalOf(io: Io, { to, kernel }: Options): Promise<Goal> {
  if (to.form === 'neutral') return { to: 'neutral', format: to.format };
  if (to.form === 'criu')
    return { to: 'criu', criu: to.version, ...(kernel === undefined ? {} : { kernel }) };
  const [{ findCriu }, { thisMachine }, { systemIdentity }] = await Promise.all([
    import('../../host/criu/find.js'),
    import('../../host/machine.js'),
    import('../../host/system.js'),
  ]);
  const { version } = await findCriu({ path: io.globals.criu, env: io.env });
  return { to: 'criu', criu: version, kernel: kernel ?? systemIdentity().kernel, here: thisMachine() };
}

/** The goal without what this machine is, which is no part of the answer. */
function shown(goal: Goal): Goal {
  if (goal.to === 'neutral') return goal;
  const { here: _, ...rest } = goal;
  return rest;
}

function refused({ trees }: ConvertResult): boolean {
  return trees.some(({ losses }) => losses.some(({ severity }) => severity === 'fatal'));
}
