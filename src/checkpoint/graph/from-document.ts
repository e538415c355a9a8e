import { mappedIpv4 } from '../../converters/shapes/addresses.js';
import { STATELESS_DEVICES } from '../../host/proc/index.js';
import type { Document, OpenFile, Tree } from '../../image-format/neutral/index.js';
import type { Standing, TieKind } from '../closure/index.js';
import type { Graph, GraphEnd, GraphProcess, GraphTie } from './graph.js';
import { joinTrees } from './join-trees.js';

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

/** Who holds something, by the thing's name. */
class Holders {
  readonly #ends = new Map<string, Map<number, string>>();

  add(thing: string, pid: number, how: string): void {
    const ends = this.#ends.get(thing) ?? new Map<number, string>();
    const known = ends.get(pid);
    ends.set(pid, known === undefined ? how : `${known}, ${how}`);
    this.#ends.set(thing, ends);
  }

  of(thing: string): readonly (readonly [pid: number, how: string])[] {
    return [...(this.#ends.get(thing) ?? [])];
  }

  things(): readonly string[] {
    return [...this.#ends.keys()];
  }
}

function graphOfTree(tree: Tree): Part {
  const files = new Map(tree.openFiles.map(file => [file.id, file]));
  const tables = new Map(tree.descriptorTables.map(table => [table.id, table]));
  const idOf = (pid: number): string => `p${tree.label}:${pid}`;
  const elsewhere: GraphProcess[] = [];
  const ties: GraphTie[] = [];
  const tie = (
    kind: TieKind,
    key: string,
    name: string,
    holders: readonly (readonly [number, string])[],
    away?: string,
  ): void => {
    const ends: GraphEnd[] = holders.map(([pid, how]) => ({ process: idOf(pid), how }));
    if (away !== undefined) {
      elsewhere.push({
        id: `e:${away}`,
        pid: undefined,
        name: away,
        command: '',
        parent: undefined,
        inside: false,
        root: false,
      });
      ends.push({ process: `e:${away}`, how: 'other end' });
    }
    if (ends.length < 2) return;
    const standing: Standing = away === undefined ? 'inside' : 'crossing';
    ties.push({
      id: `${kind}:${tree.label}:${key}`,
      kind,
      name,
      standing,
      happens: WORDS[standing],
      remedy: '',
      ends,
    });
  };

  const open = new Holders();
  const regions = new Holders();
  for (const process of tree.processes) {
    for (const entry of tables.get(process.descriptors ?? '')?.entries ?? [])
      open.add(entry.refersTo, process.pid, `fd ${entry.number}`);
    for (const mapping of tree.memories.find(one => one.id === process.memory)?.mappings ?? [])
      if ('segment' in mapping.backing && mapping.backing.segment !== undefined)
        regions.add(mapping.backing.segment, process.pid, `mapping ${mapping.start}`);
  }
  for (const [kind, key] of [
    ['session', 'session'],
    ['group', 'group'],
  ] as const) {
    const members = new Holders();
    for (const process of tree.processes) members.add(`${process[key]}`, process.pid, 'member');
    for (const id of members.things()) tie(kind, id, `${kind} ${id}`, members.of(id));
  }
  for (const segment of regions.things()) tie('shared-memory', segment, segment, regions.of(segment));
  addObjects(tree, files, open, tie);
  addSockets(files, open, tie);
  for (const [id, file] of files) {
    const kind = PLAIN[file.kind];
    if (kind !== undefined && !STATELESS_DEVICES.has(nameOf(file))) tie(kind, id, nameOf(file), open.of(id));
  }

  const pids = new Set(tree.processes.map(process => process.pid));
  return {
    processes: tree.processes.map(process => ({
      id: idOf(process.pid),
      pid: process.pid,
      name: process.name ?? '?',
      command: '',
      parent: pids.has(process.parent) ? idOf(process.parent) : undefined,
      inside: true,
      root: process.pid === tree.root,
    })),
    elsewhere,
    ties,
  };
}

type AddTie = (
  kind: TieKind,
  key: string,
  name: string,
  holders: readonly (readonly [number, string])[],
  away?: string,
) => void;

const WORDS: Readonly<Record<Standing, string>> = {
  inside: 'In the bundle, with both ends.',
  crossing: 'The other end is not in the bundle.',
  blocking: '',
};

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

/** Pipes, fifos, terminals and memfds: several open files may lead to one of them. */
function addObjects(tree: Tree, files: ReadonlyMap<string, OpenFile>, open: Holders, tie: AddTie): void {
  const behind = new Holders();
  const kinds = new Map<string, TieKind>();
  for (const [id, file] of files) {
    const object = objectOf(file, tree);
    if (object === undefined) continue;
    kinds.set(object.id, object.kind);
    const verb =
      file.flags?.includes('O_WRONLY') === true
        ? 'writes'
        : file.flags?.includes('O_RDONLY') === true
          ? 'reads'
          : '';
    for (const [pid, how] of open.of(id)) behind.add(object.id, pid, `${verb} ${how}`.trim());
  }
  for (const process of tree.processes) {
    const terminal = tree.terminals.find(one => one.session === process.session && one.session !== 0);
    if (terminal !== undefined && kinds.has(pairOf(terminal.id, tree)))
      behind.add(pairOf(terminal.id, tree), process.pid, 'controlling terminal');
  }
  for (const [object, kind] of kinds) tie(kind, object, object, behind.of(object));
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

/** Connections, by the peer's inode (unix) or by the reversed pair of addresses. */
function addSockets(files: ReadonlyMap<string, OpenFile>, open: Holders, tie: AddTie): void {
  const unix = new Map<number, OpenFile & { kind: 'unix-socket' }>();
  const inet = new Map<string, OpenFile & { kind: 'inet-socket' }>();
  const ends = (one: {
    localAddress?: string | undefined;
    localPort: number;
    peerAddress?: string | undefined;
    peerPort: number;
  }) => [`${plain(one.localAddress)}:${one.localPort}`, `${plain(one.peerAddress)}:${one.peerPort}`] as const;
  // One end may be an IPv6 socket and the other an IPv4 one.
  const plain = (address = '*'): string => mappedIpv4(address) ?? address;
  for (const file of files.values()) {
    if (file.kind === 'unix-socket') unix.set(file.inode, file);
    if (file.kind === 'inet-socket' && file.peerPort !== 0) inet.set(ends(file).join(' '), file);
  }
  for (const socket of unix.values()) {
    const peer = unix.get(socket.peer);
    if (socket.peer === 0 || (peer !== undefined && peer.peer === socket.inode && peer.inode < socket.inode))
      continue;
    const holders = [...open.of(socket.id), ...(peer === undefined ? [] : open.of(peer.id))];
    tie(
      'unix',
      `${socket.inode}`,
      `unix connection ${socket.inode}`,
      holders,
      peer === undefined ? `unix socket ${socket.peer}` : undefined,
    );
  }
  const done = new Set<string>();
  for (const [key, socket] of inet) {
    if (done.has(key)) continue;
    const [local, remote] = ends(socket);
    const peer = inet.get(`${remote} ${local}`);
    done.add(`${remote} ${local}`);
    const holders = [...open.of(socket.id), ...(peer === undefined ? [] : open.of(peer.id))];
    const kind = socket.protocol === 'tcp' ? (peer === undefined ? 'remote' : 'tcp') : 'udp';
    tie(
      kind,
      key,
      `${socket.protocol} ${local} – ${remote}`,
      holders,
      peer === undefined ? remote : undefined,
    );
  }
  for (const socket of [...unix.values(), ...inet.values()])
    if (open.of(socket.id).length > 1) tie('socket', socket.id, `socket ${socket.inode}`, open.of(socket.id));
}
