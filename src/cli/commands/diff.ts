import type { Command } from 'commander';
import { examples } from '../frame/examples.js';
import { untilInterrupted } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { lookingAt } from '../frame/looking-at.js';
import { criuVersion, filled } from '../frame/values.js';
import { diffText } from '../render/diff-text.js';

interface Options {
  readonly criuVersion?: string;
}

/** `ckpt diff`: what changed between two captures, in neutral terms. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('diff')
    .description(
      'Say what differs between two captures: processes, threads, files, sockets, mappings, pages. Numbers that change with every boot (inodes, mount IDs) are not compared.',
    )
    .argument(
      '<a>',
      'a bundle (name or path), a .ckpt file, or a directory of CRIU images',
      filled('<a>', 'a bundle, a file or a folder'),
    )
    .argument(
      '<b>',
      'the same; what it has and <a> has not is new',
      filled('<b>', 'a bundle, a file or a folder'),
    )
    .option(
      '--criu-version <version>',
      'the CRIU that wrote directories of images, if it is recognised wrongly',
      criuVersion('--criu-version'),
    )
    .action((a: string, b: string, options: Options) => diffCommand(io, [a, b], options));
  examples(command, [
    ['ckpt diff monday tuesday', 'what changed between two bundles of the same processes'],
    ['ckpt diff db /root/dump', 'a bundle and images of plain CRIU'],
    ['ckpt diff db dump --json | jq .pages', 'how much memory was written to, process by process'],
  ]);
}

async function diffCommand(io: Io, [a, b]: readonly [string, string], options: Options): Promise<void> {
  const [{ diffSources }, { openSource }, { unlessAborted }] = await Promise.all([
    import('../../conversion/diff.js'),
    import('../../conversion/source.js'),
    import('../../image-format/bundle/watch.js'),
  ]);
  const { criuVersion: criu } = options;
  const diff = await untilInterrupted('the comparison', async abort => {
    const opening = await lookingAt(io, 'diff', { abort });
    const how = { ...opening, ...(criu === undefined ? undefined : { criu }) };
    const left = await openSource(a, how);
    try {
      const right = await openSource(b, how);
      try {
        return await unlessAborted(diffSources(left, right), abort);
      } finally {
        await right.close();
      }
    } finally {
      await left.close();
    }
  });
  if (io.globals.json) io.json({ kind: 'diff', a, b, ...diff });
  else io.out(diffText(diff));
}
