import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
// The metadata of two Perl processes with a pipe, a socket pair and a listening socket, as CRIU 4.2.1 wrote it.
import sample from '../../../src/checkpoint/fill/rehearsal-images.json' with { type: 'json' };
import { liftTree } from '../../../src/converters/index.js';
import { parseImage } from '../../../src/image-format/criu/read-image-set.js';
import { pagesExpected } from '../../../src/image-format/neutral/pages-expected.js';

/** The release that wrote the sample. */
const CRIU = '4.2.1';

/** Plays CRIU: "dumps" by handing out the sample, and does as the hook says. */
const CRIU_SCRIPT = `#!/bin/sh
case "$1" in
  --version) echo 'Version: ${CRIU}'; exit ;;
  check) echo 'Looks good.'; exit ;;
esac
for word; do
  case "$last" in
    --images-dir) images=$word ;;
    --log-file) log=$word ;;
    --action-script) script=$word ;;
  esac
  last=$word
done
: >"$log"
cp "$(dirname "$0")"/images/* "$images"
CRTOOLS_SCRIPT_ACTION=post-dump CRTOOLS_INIT_PID=1 "$script"
`;

/** Whether a command ended as it should. A thaw may be refused: some process here may have a PID of the sample's. */
export function isExpected(args: readonly string[], status: number): boolean {
  return status === 0 || (args[0] === 'thaw' && status === 3);
}

/**
 * What the program is run with, one after the other. A thaw goes as far as it can without a CRIU that makes processes.
 * @param folder an empty directory for all of it
 * @param pid of a tree to "freeze"; it is only looked at
 */
export function makeCommandLines(folder: string, pid: number): readonly (readonly string[])[] {
  const criu = join(folder, 'criu');
  writeFileSync(criu, CRIU_SCRIPT, { mode: 0o700 });
  layOutImages(join(folder, 'images'));
  const common = ['--store', join(folder, 'store'), '--criu', criu];
  const freeze = ['freeze', String(pid), '--leave-running', ...common];
  return [
    // Twice: what runs once is compiled, what runs again finds its way by what was learned.
    [...freeze, '--name', 'one', '--unchecked', '--events'],
    [...freeze, '--name', 'two'],
    ['thaw', 'two', '--dry-run', ...common],
    ['verify', 'two', ...common],
    ['show', 'two', ...common],
    ['list', ...common],
    ['convert', join(folder, 'store', 'two'), join(folder, 'older'), '--to', 'criu:4.1.1', ...common],
  ];
}

/** Writes the sample, with a page file (a hole) of the size that its page maps count. */
function layOutImages(folder: string): void {
  mkdirSync(folder);
  const files = Object.entries(sample).map(
    ([name, base64]) => [name, Buffer.from(base64, 'base64')] as const,
  );
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  const images = files.map(([name, bytes]) => parseImage(name, bytes));
  const { tree } = liftTree({ images, pages: [] }, { label: '0', criu: CRIU });
  for (const [member, size] of pagesExpected(tree)) {
    const path = join(folder, basename(member));
    writeFileSync(path, '');
    truncateSync(path, size);
  }
}
