import { STATELESS_DEVICES } from '../../host/proc/index.js';
import type { Document, Mapping, OpenFile, Process, Tree } from '../../image-format/neutral/index.js';
import type { TieKind } from '../closure/index.js';
import type { Graph, GraphProcess, GraphTie } from './graph.js';
import { Holders } from './holders.js';
import { joinTrees } from './join-trees.js';
import { addSockets } from './socket-ties.js';
import { TieList } from './tie-list.js';

/** The graph of a bundle: what was frozen together, and which ends stayed outside. Pure. */
export function graphOfDocument(document: Document, title: string): Graph {
  const parts = document.trees.map(one => graphOfTree(one));
  const ties = joinTrees(parts.flatMap(part => part.ties));
  const named = new Set(ties.flatMap(tie => tie.ends.map(end => end.process)));
  const elsewhere = new Map(
    parts.flatMap(part => part.elsewhere).flatMap(one => (named.has(one.id) ? [[one.id, one] as const] : [])),
  );
  return {
    title,
    processes: [...parts.flatMap(part => part.processes), ...elsewhere.values()],
    ties,
    unknown: [],
  };
}

interface Part {
  readonly processes: readonly GraphProcess[];
  readonly elsewhere: readonly GraphProcess[];
  readonly ties: readonly GraphTie[];
}

function graphOfTree(tree: Tree): Part {
  const list = new TieList(tree.label);
  const files = new Map(tree.openFiles.map(file => [file.id, file]));
  const open = openFilesOf(tree);
  addFamilies(tree, list);
  addSegments(tree, list);
  addObjects(tree, files, open, list);
  addSockets(files.values(), open, list);
  for (const [id, file] of files) {
    const kind = PLAIN[file.kind];
    const name = nameOf(file);
    if (kind !== undefined && !STATELESS_DEVICES.has(name))
      list.add({ kind, key: id, name, holders: open.of(id) });
  }
  const pids = new Set(tree.processes.map(process => process.pid));
  const processes = tree.processes.map(process => ({
    id: list.idOf(process.pid),
    pid: process.pid,
    name: process.name ?? '?',
    command: '',
    parent: pids.has(process.parent) ? list.idOf(process.parent) : undefined,
    inside: true,
    root: process.pid === tree.root,
  }));
  return { processes, elsewhere: list.elsewhere, ties: list.ties };
}

/** Who has which open file, by its id. */
function openFilesOf({ descriptorTables, processes }: Tree): Holders {
  const tables = new Map(descriptorTables.map(table => [table.id, table]));
  const open = new Holders();
  for (const { pid, descriptors = '' } of processes)
    for (const { refersTo, number } of tables.get(descriptors)?.entries ?? [])
      open.add(refersTo, pid, `fd ${number}`);
  return open;
}

function addFamilies({ processes }: Tree, list: TieList): void {
  for (const kind of ['session', 'group'] as const) {
    const members = new Holders();
    for (const process of processes) members.add(`${process[kind]}`, process.pid, 'member');
    for (const key of members.things())
      list.add({ kind, key, name: `${kind} ${key}`, holders: members.of(key) });
  }
}

/** Shared memory that is no file, to its processes. */
function addSegments(tree: Tree, list: TieList): void {
  const regions = new Holders();
  for (const process of tree.processes)
    for (const { start, backing } of mappingsOf(tree, process))
      if ('segment' in backing && backing.segment !== undefined)
        regions.add(backing.segment, process.pid, `mapping ${start}`);
  for (const key of regions.things())
    list.add({ kind: 'shared-memory', key, name: key, holders: regions.of(key) });
}

function mappingsOf({ memories }: Tree, { memory }: Process): readonly Mapping[] {
  return memories.find(({ id }) => id === memory)?.mappings ?? [];
}

/** Open files that tie whoever holds one and the same of them. Pipes and the like are told by what is behind them. */
const PLAIN: Readonly<Partial<Record<OpenFile['kind'], TieKind>>> = {
  regular: 'open-file',
  epoll: 'epoll',
  eventfd: 'eventfd',
  inotify: 'inotify',
  signalfd: 'signalfd',
  timerfd: 'timerfd',
};

function nameOf(file: OpenFile): string {
  return file.kind === 'regular' ? file.path : file.kind;
}

/** Pipes, fifos, terminals and memfds: several open files may lead to one of them, and mappings to a memfd. */
function addObjects(tree: Tree, files: ReadonlyMap<string, OpenFile>, open: Holders, list: TieList): void {
  const behind = new Holders();
  const kinds = new Map<string, TieKind>();
  for (const [id, file] of files) {
    const object = objectOf(file, tree);
    if (object === undefined) continue;
    kinds.set(object.id, object.kind);
    for (const [pid, how] of open.of(id)) behind.add(object.id, pid, `${verbOf(file)} ${how}`.trim());
  }
  for (const process of tree.processes) {
    const terminal = tree.terminals.find(one => one.session === process.session && one.session !== 0);
    if (terminal !== undefined && kinds.has(pairOf(terminal.id, tree)))
      behind.add(pairOf(terminal.id, tree), process.pid, 'controlling terminal');
    for (const { start, backing } of mappingsOf(tree, process)) {
      const file = backing.kind === 'memfd' ? files.get(backing.file) : undefined;
      if (file?.kind === 'memfd') behind.add(file.memfd, process.pid, `mapping ${start}`);
    }
  }
  for (const [key, kind] of kinds) list.add({ kind, key, name: key, holders: behind.of(key) });
}

function verbOf({ flags = [] }: OpenFile): string {
  if (flags.includes('O_WRONLY')) return 'writes';
  return flags.includes('O_RDONLY') ? 'reads' : '';
}

function objectOf(file: OpenFile, tree: Tree): { readonly id: string; readonly kind: TieKind } | undefined {
  switch (file.kind) {
    case 'pipe':
      return { id: file.pipe, kind: 'pipe' };
    case 'fifo':
      return { id: file.fifo, kind: 'fifo' };
    case 'terminal':
      return { id: pairOf(file.terminal, tree), kind: 'terminal' };
    case 'memfd':
      return { id: file.memfd, kind: 'memfd' };
    default:
      return undefined;
  }
}

/** Master and slave of a pty are two terminals with one number: one tie. */
function pairOf(id: string, tree: Tree): string {
  const index = tree.terminals.find(one => one.id === id)?.index;
  return index === undefined ? id : `terminal /dev/pts/${index}`;
}
