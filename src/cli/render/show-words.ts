import { UNKNOWN } from '../../image-format/bundle/manifest.js';
import type { Mapping, OpenFile, Tree } from '../../image-format/neutral/index.js';
import { bytes, count, duration } from './units.js';

const byId = new WeakMap<object, Map<string, unknown>>();

/** Looked up for each of up to millions of mappings. */
function named<T extends { readonly id: string }>(list: readonly T[], id: string): T | undefined {
  const known = byId.get(list) ?? new Map<string, unknown>([...list].reverse().map(one => [one.id, one]));
  byId.set(list, known);
  return known.get(id) as T | undefined;
}

const files = new WeakMap<Tree, ReadonlySet<string>>();

function remapped(tree: Tree): ReadonlySet<string> {
  const known = files.get(tree) ?? new Set(tree.remaps.map(remap => remap.file));
  files.set(tree, known);
  return known;
}

type Describe<K extends OpenFile['kind']> = (file: Extract<OpenFile, { kind: K }>, tree: Tree) => string;

const address = (host: string | undefined, port: number): string =>
  `${host === undefined ? '*' : host.includes(':') ? `[${host}]` : host}:${port}`;

const waiting = (length: number | undefined): string => (length ? `, ${bytes(length)} unread` : '');

/** What each kind of open file says about itself, in the words of someone who knows Linux. */
const kinds: { readonly [K in OpenFile['kind']]: Describe<K> } = {
  regular: (file, tree) => {
    const unlinked = remapped(tree).has(file.id) ? ' (unlinked, carried along)' : '';
    const at = file.position === '0' ? '' : `, at byte ${file.position}`;
    return `${file.path}${unlinked}${at}`;
  },
  pipe: (file, tree) => `${file.pipe}${waiting(named(tree.pipes, file.pipe)?.data?.length)}`,
  fifo: (file, tree) => {
    const there = named(tree.openFiles, file.file ?? '');
    const path = there?.kind === 'regular' ? ` ${there.path}` : '';
    return `${file.fifo}${path}${waiting(named(tree.fifos, file.fifo)?.data?.length)}`;
  },
  'inet-socket': file => {
    const local = address(file.localAddress, file.localPort);
    if (file.state === 'listening') return `${file.protocol} ${local}, listening`;
    if (file.peerPort === 0) return `${file.protocol} ${local}`;
    return `${file.protocol} ${local} to ${address(file.peerAddress, file.peerPort)}, ${file.state}`;
  },
  'unix-socket': file => {
    const name = file.name === undefined ? '' : ` ${unixName(file.name)}`;
    const peer = file.peer === 0 ? '' : `, peer ${file.peer}`;
    const queue = file.queue?.length ? `, ${count(file.queue.length, 'unread message')}` : '';
    return `unix ${file.type} ${file.inode}${name}, ${file.state}${peer}${queue}`;
  },
  'netlink-socket': file => `netlink ${file.protocol}, port ${file.port}`,
  'packet-socket': file => `packet ${file.type}, interface ${file.interface}`,
  eventfd: file => `eventfd, ${file.counter}`,
  epoll: file => `epoll, watches ${count(file.targets?.length ?? 0, 'descriptor')}`,
  inotify: file => `inotify, ${count(file.watches?.length ?? 0, 'watch', 'watches')}`,
  fanotify: file => `fanotify, ${count(file.marks?.length ?? 0, 'mark')}`,
  signalfd: file => `signalfd ${file.signals.join(' ')}`,
  timerfd: file => {
    const { seconds, nanoseconds } = file.remaining;
    const left = Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
    return `timerfd ${file.clock}${left === 0 ? '' : `, due in ${duration(left)}`}`;
  },
  terminal: (file, tree) => {
    const terminal = named(tree.terminals, file.terminal);
    const index = terminal?.index === undefined ? '' : ` ${terminal.index}`;
    return `terminal ${terminal?.type ?? ''}${index}`.trimEnd();
  },
  namespace: file => `namespace ${file.namespace}`,
  tun: file => `tun ${file.device ?? ''}`.trimEnd(),
  external: () => 'a file from outside',
  memfd: (file, tree) => {
    const memfd = named(tree.memfds, file.memfd);
    return `memfd ${memfd?.name ?? file.memfd}${memfd ? `, ${bytes(BigInt(memfd.size))}` : ''}`;
  },
  'bpf-map': file => `bpf map ${file.name}, up to ${count(file.capacity, 'entry', 'entries')}`,
  pidfd: file => `pidfd of ${file.pid}`,
};

/** Pure: an open file in a few words. */
export function describeFile(file: OpenFile, tree: Tree): string {
  return (kinds[file.kind] as Describe<OpenFile['kind']>)(file, tree);
}

/** Bound names are bytes: a path, or after a zero byte an abstract name, which people write with an @. */
function unixName(base64: string): string {
  const name = Buffer.from(base64, 'base64');
  const text = name.toString('utf8').replace(/\0+$/, '');
  return name[0] === 0 ? `@${text.slice(1)}` : text;
}

const MODES: Readonly<Record<string, string>> = { O_RDONLY: 'r', O_WRONLY: 'w', O_RDWR: 'rw' };

/** Pure: r, w or rw; nothing where the flags do not say. */
export function modeOf(file: OpenFile): string {
  return file.flags?.map(flag => MODES[flag]).find(mode => mode !== undefined) ?? '';
}

/** Pure: what is behind a mapping, as in the last column of /proc/PID/maps. */
export function describeMapping(mapping: Mapping, tree: Tree): string {
  const { backing, role } = mapping;
  if (role !== undefined) return `[${role}]`;
  if (backing.kind === 'kernel') return `[${backing.object}]`;
  if (backing.kind === 'system-v') return `System V ${backing.segment}`;
  if (backing.kind === 'anonymous') return backing.segment === undefined ? '' : `shared ${backing.segment}`;
  const file = named(tree.openFiles, backing.file);
  if (file?.kind === 'regular') return file.path;
  return file ? describeFile(file, tree) : backing.file;
}

/** Pure: r-xp, as in /proc/PID/maps. */
export function accessOf({ access, sharing }: Mapping): string {
  const has = (what: string): boolean => (access as readonly string[]).includes(what);
  const letters = [has('read') ? 'r' : '-', has('write') ? 'w' : '-', has('execute') ? 'x' : '-'];
  return `${letters.join('')}${sharing.startsWith('shared') ? 's' : 'p'}`;
}

/** What was done with a bundle; a copy is one whose processes ran on. */
export function stateInWords(state: string, copy: boolean): string {
  return copy ? `${state} (copy)` : state;
}

/** Images of plain CRIU do not say on which kernel they were made. */
export function kernelInWords(kernel: string): string {
  return kernel === UNKNOWN ? 'an unknown kernel' : kernel;
}
