import type { Command } from 'commander';
import type { AccountDifference } from '../../converters/kernel/accounts.js';
import type { Bundle } from '../../image-format/bundle/index.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { withBundle } from '../frame/looking-at.js';
import { type ShownProcess, shownProcesses } from '../render/show-model.js';
import { processTree, type Sections } from '../render/show-tree.js';
import { kernelInWords, stateInWords } from '../render/show-words.js';
import { table } from '../render/table.js';
import { printable } from '../render/text.js';
import { ago, bytes, count } from '../render/units.js';

interface Options extends Partial<Sections> {
  readonly processes?: boolean;
  readonly mounts?: boolean;
  readonly all?: boolean;
}

/** `ckpt show`: what is in a bundle, as a tree of processes. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('show')
    .description(
      'Show what a bundle holds: its processes as a tree, with their memory, files and sockets. Nothing is changed.',
    )
    .argument('<name|file>', 'a bundle of the store, or a .ckpt file')
    .option('--processes', 'the tree of processes alone')
    .option('--files', 'with the open files of each')
    .option('--sockets', 'with the sockets of each')
    .option('--memory', 'with the mappings of each: address, access, size, contents in the bundle')
    .option('--mounts', 'with the mounts, where the processes have mount namespaces of their own')
    .option('--all', 'all of these')
    .action((name: string, options: Options) =>
      withBundle(io, name, 'show', (bundle, path) => showCommand(io, { name, path, bundle }, options)),
    );
  examples(command, [
    ['ckpt show db', 'processes, files and sockets'],
    ['ckpt show db --processes', 'the tree alone'],
    ['ckpt show db --memory', 'the mappings of each process'],
    ['ckpt show /mnt/usb/db.ckpt', 'what is in a file'],
    ['ckpt show db --json | jq .trees[].processes[].pid', 'for a script'],
  ]);
}

/** `name` is what the user called it, `path` where it lies. */
async function showCommand(
  io: Io,
  { name, path, bundle }: { readonly name: string; readonly path: string; readonly bundle: Bundle },
  options: Options,
): Promise<void> {
  const { keepHeapSmall } = await import('../../host/heap.js');
  keepHeapSmall();
  const { currentState } = await import('../../image-format/bundle/index.js');
  const { manifest } = bundle;
  const { state } = currentState(bundle.state);
  const trees = await shownTrees(bundle);
  if (io.globals.json) {
    const { id, createdAt: frozenAt, origin, options: chosen } = manifest;
    io.json({ kind: 'show', name, path, id, state, frozenAt, origin, options: chosen, trees });
    return;
  }
  const processes = trees.reduce((sum, tree) => sum + tree.processes.length, 0);
  const size = manifest.members.reduce((sum, member) => sum + member.size, 0);
  const when = ago(Date.parse(manifest.createdAt), Date.now());
  const from = `${kernelInWords(manifest.origin.kernel)}, by CRIU ${manifest.origin.criu}`;
  io.out(
    [
      `${io.style.bold(name)}: ${stateInWords(state, manifest.options.leftRunning)}, ${count(processes, 'process', 'processes')}, ${bytes(size)}`,
      printable(`frozen ${when} on ${from}`),
    ].join('\n'),
  );
  for (const tree of trees) await sayTree(io, tree, options);
}

interface ShownTree {
  readonly root: number;
  readonly processes: readonly ShownProcess[];
  readonly mounts: readonly ShownMount[];
  readonly accounts: readonly AccountDifference[];
  readonly foreignSections: readonly string[];
}

async function shownTrees(bundle: Bundle): Promise<readonly ShownTree[]> {
  const [{ readVerifiedDocument }, { foreignSections }, { accountDifferences }, { thisMachine }] =
    await Promise.all([
      import('../../image-format/bundle/verify-document.js'),
      import('../../image-format/neutral/sections.js'),
      import('../../converters/kernel/accounts.js'),
      import('../../host/machine.js'),
    ]);
  const document = await readVerifiedDocument(bundle);
  const here = thisMachine();
  const trees: ShownTree[] = [];
  for (const tree of document.trees)
    trees.push({
      root: tree.root,
      processes: shownProcesses(tree, await commandLines(bundle, tree)),
      mounts: mountsOf(tree),
      accounts: accountDifferences(tree, here),
      foreignSections: Object.keys(foreignSections(tree)),
    });
  return trees;
}

async function sayTree(io: Io, tree: ShownTree, options: Options): Promise<void> {
  const { differenceInWords } = await import('../../converters/kernel/accounts.js');
  io.out(`\n${processTree(tree.processes, chosenSections(options), io.columns)}`);
  for (const difference of tree.accounts) io.out(printable(differenceInWords(difference)));
  if (tree.foreignSections.length > 0)
    io.out(`carried along, not known to this ckpt: ${printable(tree.foreignSections.join(', '))}`);
  if (options.mounts || options.all) io.out(`\n${mountTable(io, tree.mounts)}`);
}

/** Who asks for nothing in particular sees files and sockets; mappings are many. */
function chosenSections({ processes, files, sockets, memory, mounts, all = false }: Options): Sections {
  const nothing = !(processes || files || sockets || memory || mounts || all);
  return {
    files: all || nothing || files === true,
    sockets: all || nothing || sockets === true,
    memory: all || memory === true,
  };
}

/** The command line of each process, out of its frozen memory; those that it does not hold are left out. */
async function commandLines(bundle: Bundle, tree: Tree): Promise<Map<number, readonly string[]>> {
  const { FrozenMemory } = await import('../../image-format/bundle/frozen-memory.js');
  const found = new Map<number, readonly string[]>();
  for (const { pid, memory: id } of tree.processes) {
    const memory = tree.memories.find(one => one.id === id);
    if (!memory) continue;
    const [start, end] = [BigInt(memory.layout.argumentsStart), BigInt(memory.layout.argumentsEnd)];
    if (end <= start || end - start > 1n << 16n) continue;
    const frozen = new FrozenMemory(bundle, memory, tree);
    try {
      const bytes = await frozen.read(start, end);
      if (bytes) found.set(pid, Buffer.from(bytes).toString('utf8').replace(/\0+$/, '').split('\0'));
    } finally {
      await frozen.close();
    }
  }
  return found;
}

interface ShownMount {
  readonly mountPoint: string;
  readonly fileSystem: string;
  readonly source: string;
  readonly options: string;
}

function mountsOf(tree: Tree): ShownMount[] {
  return (tree.namespaces ?? []).flatMap(namespace =>
    namespace.kind === 'mount'
      ? namespace.mounts.map(({ mountPoint, fileSystem, fileSystemName, source, options }) => ({
          mountPoint,
          fileSystem: fileSystemName ?? fileSystem,
          source,
          options,
        }))
      : [],
  );
}

function mountTable(io: Io, mounts: readonly ShownMount[]): string {
  if (mounts.length === 0) return 'no mounts of its own: it uses those of the machine';
  return table(
    [
      { heading: 'MOUNT POINT', shrink: true },
      { heading: 'TYPE' },
      { heading: 'SOURCE', shrink: true },
      { heading: 'OPTIONS', shrink: true },
    ],
    mounts.map(mount => [mount.mountPoint, mount.fileSystem, mount.source, mount.options]),
    { width: io.columns, style: io.style },
  );
}
