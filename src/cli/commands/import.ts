import type { Command } from 'commander';
import type { ImportResult } from '../../conversion/import.js';
import { examples } from '../frame/examples.js';
import { sweptIfInterrupted, untilInterrupted } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { criuVersion, filled } from '../frame/values.js';
import { importText } from '../render/import-text.js';
import { withStore } from '../render/with-store.js';

interface Options {
  readonly name?: string;
  readonly criuVersion?: string;
  readonly digests: boolean;
}

/** `ckpt import`: a bare directory of CRIU images becomes a bundle. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('import')
    .description(
      'Make a bundle of the store out of images that plain CRIU wrote. They are not changed; pages are linked, not copied, where the file system allows it.',
    )
    .argument('<dir>', 'the --images-dir of criu dump', filled('<dir>', 'a folder of images'))
    .option('--name <name>', 'name of the bundle (else that of the directory)')
    .option(
      '--criu-version <version>',
      'the CRIU that wrote the images, if it is recognised wrongly',
      criuVersion('--criu-version'),
    )
    .option(
      '--no-digests',
      'do not read the pages: quick for any size, but nothing proves them unchanged later',
    )
    .action(async (directory: string, options: Options) => {
      const result = await untilInterrupted('the import', abort =>
        importCommand(io, directory, options, abort),
      );
      if (io.globals.json) io.json({ kind: 'import', ...result });
      else io.out(withStore(importText(result), io.globals.elsewhere));
    });
  examples(command, [
    ['ckpt import /root/dump', 'the images there become the bundle "dump"'],
    ['ckpt import /root/dump --name db && ckpt thaw db', 'bring back what plain CRIU dumped'],
    ['ckpt import old --criu-version 3.17.1', 'when you know better which CRIU it was'],
  ]);
}

async function importCommand(
  io: Io,
  directory: string,
  { name, criuVersion: criu, digests }: Options,
  abort: AbortSignal,
): Promise<ImportResult> {
  const { keepHeapSmall } = await import('../../host/heap.js');
  keepHeapSmall();
  const [{ importImages }, { signerWith }, { workOwner }, { sweepStore }] = await Promise.all([
    import('../../conversion/import.js'),
    import('../../image-format/bundle/signature.js'),
    import('../../host/work-owner.js'),
    import('../../checkpoint/store/sweep-store.js'),
  ]);
  const { store } = io.globals;
  const owner = workOwner();
  // What a cut-off one left there takes the room that this one needs.
  await sweepStore(store);
  const sign = signerWith(io.env.CKPT_SIGN_KEY);
  return sweptIfInterrupted(abort, { folder: store, owner }, () =>
    importImages({
      ...{ directory, store, digests, owner, emit: io.emit, sign },
      ...(name === undefined ? {} : { name }),
      ...(criu === undefined ? {} : { criu }),
    }),
  );
}
