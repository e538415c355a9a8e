import { readSockets, type Socket } from '../sockets/index.js';
import { type Descriptor, linkedInode, type OpenFile, readDescriptors, readOpenFile } from './descriptors.js';
import { childrenByParent } from './family.js';
import { readLocks } from './locks.js';
import { type Mapping, readSharedMaps } from './maps.js';
import { type Namespaces, readCgroup, readNamespace, readNamespaces } from './namespaces.js';
import { listTasks, listThreads, type Task } from './process.js';
import { findSharedDescriptions } from './shared-descriptions.js';
import { type Snapshot, slotKey, TYING_NAMESPACES } from './snapshot.js';
import { readSysv } from './sysv.js';

/** What is looked at of the targets beyond what ties them to others. */
export interface Depth {
  /** How a target's shared mappings are read: who reads all of its mappings has them already. */
  readonly sharedMapsOf: (pid: number) => readonly Mapping[];
  /** Whether all flags of their pipes are read, or only for what they are open. */
  readonly pipeFlags: boolean;
}

const TIES_ONLY: Depth = { sharedMapsOf: readSharedMaps, pipeFlags: false };

/**
 * Looks at the machine once, on behalf of the processes `wanted` and all that descend from them. Nothing is stopped
 * or changed. PIDs that do not exist are left out of `targets`.
 */
export async function takeSnapshot(wanted: readonly number[], depth: Depth = TIES_ONLY): Promise<Snapshot> {
  const tasks = listTasks();
  const processes = new Map(
    tasks
      // This process is no part of what it looks at. Its helpers (ss, perl) start only afterwards.
      .filter(task => !task.kernelThread && task.pid !== process.pid)
      .map(task => [task.pid, task]),
  );
  const targets = withDescendants(wanted, processes);
  const targetSet = new Set(targets);
  const unknown: string[] = [];

  const descriptors = new Map<number, readonly Descriptor[]>();
  for (const pid of processes.keys()) descriptors.set(pid, readDescriptors(pid));

  const ownNamespaces = readNamespaces('self');
  const nested = isNested(tasks.find(task => task.pid === process.pid));
  const namespaces = new Map(
    targets.map(pid => [
      pid,
      // Who has one number only lives in the PID namespace of this /proc: a link less to read, of thousands.
      nested || isNested(processes.get(pid))
        ? readNamespaces(pid)
        : readNamespaces(pid, ownPid(ownNamespaces)),
    ]),
  );
  // What other programs have to be asked for, they are asked for beside the reading.
  const network = readTargetSockets(targets, descriptors, namespaces, ownNamespaces.net, unknown);
  const sysv = readSysv();
  const openFiles = readOpenFiles(targets, targetSet, descriptors, depth.pipeFlags);
  const sharedMappings = readSharedMappings(targets, targetSet, processes, depth.sharedMapsOf);
  addForeignMembers(namespaces, ownNamespaces, targets, processes);
  const shared = await findSharedDescriptions(targetSet, descriptors, openFiles);
  if (shared.inferred)
    unknown.push(
      'which descriptors are one open file was inferred from path, flags and offset: kcmp could not be asked',
    );

  return {
    targets,
    roots: targets.filter(pid => !targetSet.has(processes.get(pid)?.parent ?? 0)),
    processes,
    descriptors,
    openFiles,
    sharedMappings,
    threads: new Map(targets.map(pid => [pid, processes.get(pid)?.threads === 1 ? [pid] : listThreads(pid)])),
    ownNamespaces,
    namespaces,
    cgroups: readCgroups(targets, processes),
    locks: readLocks(),
    sysv: await sysv,
    sockets: await network,
    sharedDescriptions: shared.found,
    unknown,
  };
}

function isNested(task: Task | undefined): boolean {
  return task?.namespacePids.length !== 1;
}

function ownPid({ pid }: Namespaces): Namespaces {
  return pid === undefined ? {} : { pid };
}

function withDescendants(wanted: readonly number[], processes: ReadonlyMap<number, Task>): readonly number[] {
  const children = childrenByParent(processes.values());
  const found = new Set(wanted.filter(pid => processes.has(pid)));
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child.pid);
  return [...found].sort((a, b) => a - b);
}

/** The socket tables of every network namespace that a target with sockets lives in. */
async function readTargetSockets(
  targets: readonly number[],
  descriptors: ReadonlyMap<number, readonly Descriptor[]>,
  namespaces: ReadonlyMap<number, Namespaces>,
  own: number | undefined,
  unknown: string[],
): Promise<ReadonlyMap<number, Socket>> {
  const places = new Map<number, { readonly pid: number; readonly held: Set<number> }>();
  for (const pid of targets) {
    const inodes = (descriptors.get(pid) ?? []).flatMap(one => linkedInode(one.target, 'socket') ?? []);
    const net = namespaces.get(pid)?.net;
    if (inodes.length === 0 || net === undefined) continue;
    const place = places.get(net) ?? { pid, held: new Set<number>() };
    places.set(net, place);
    for (const inode of inodes) place.held.add(inode);
  }
  const sockets = new Map<number, Socket>();
  for (const [net, { pid, held }] of places) {
    const table = await readSockets(pid, net !== own, held);
    for (const [inode, socket] of table.sockets) sockets.set(inode, socket);
    if (!table.peersKnown)
      unknown.push(
        'which unix sockets are connected to each other: ss (package iproute2) could not be asked',
      );
  }
  return sockets;
}

/** All of the targets' open files, those of others whose link reads the same, and the masters of all terminals. */
function readOpenFiles(
  targets: readonly number[],
  targetSet: ReadonlySet<number>,
  descriptors: ReadonlyMap<number, readonly Descriptor[]>,
  pipeFlags: boolean,
): ReadonlyMap<string, OpenFile> {
  const openFiles = new Map<string, OpenFile>();
  const links = new Set<string>();
  const add = (pid: number, descriptor: Descriptor): void => {
    const file = readOpenFile(pid, descriptor, pipeFlags && targetSet.has(pid));
    if (file !== undefined) openFiles.set(slotKey({ pid, fd: descriptor.fd }), file);
  };
  for (const pid of targets)
    for (const descriptor of descriptors.get(pid) ?? []) {
      if (IGNORED.has(descriptor.target)) continue;
      add(pid, descriptor);
      if (!descriptor.target.startsWith('socket:')) links.add(descriptor.target);
    }
  for (const [pid, list] of descriptors) {
    if (targetSet.has(pid)) continue;
    for (const descriptor of list)
      if (links.has(descriptor.target) || descriptor.target.endsWith('ptmx')) add(pid, descriptor);
  }
  return openFiles;
}

/** Devices without state: sharing them ties nobody to anybody. */
const IGNORED = new Set(['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom']);

/** Other processes' maps are read only when some target shares memory at all. */
function readSharedMappings(
  targets: readonly number[],
  targetSet: ReadonlySet<number>,
  processes: ReadonlyMap<number, Task>,
  sharedMapsOf: Depth['sharedMapsOf'],
): ReadonlyMap<number, readonly Mapping[]> {
  const mappings = new Map<number, readonly Mapping[]>();
  const add = (pid: number, found: readonly Mapping[]): void => {
    if (found.length > 0) mappings.set(pid, found);
  };
  for (const pid of targets) add(pid, sharedMapsOf(pid));
  if (mappings.size > 0)
    for (const pid of processes.keys()) if (!targetSet.has(pid)) add(pid, readSharedMaps(pid));
  return mappings;
}

/** Adds the processes outside that live in a target's namespace, where that is not the reader's own. */
function addForeignMembers(
  namespaces: Map<number, Namespaces>,
  ownNamespaces: Namespaces,
  targets: readonly number[],
  processes: ReadonlyMap<number, Task>,
): void {
  for (const kind of TYING_NAMESPACES) {
    const foreign = new Set(
      targets.flatMap(pid => {
        const inode = namespaces.get(pid)?.[kind];
        return inode === undefined || inode === ownNamespaces[kind] ? [] : [inode];
      }),
    );
    if (foreign.size === 0) continue;
    for (const pid of processes.keys()) {
      if (namespaces.has(pid)) continue;
      const inode = readNamespace(pid, kind);
      if (inode !== undefined && foreign.has(inode)) namespaces.set(pid, readNamespaces(pid));
    }
  }
}

function readCgroups(
  targets: readonly number[],
  processes: ReadonlyMap<number, Task>,
): ReadonlyMap<number, string> {
  const cgroups = new Map<number, string>();
  const paths = new Set<string>();
  for (const pid of targets) {
    const path = readCgroup(pid);
    if (path === undefined) continue;
    cgroups.set(pid, path);
    if (path !== '/') paths.add(path);
  }
  if (paths.size === 0) return cgroups;
  for (const pid of processes.keys()) {
    if (cgroups.has(pid)) continue;
    const path = readCgroup(pid);
    if (path !== undefined && paths.has(path)) cgroups.set(pid, path);
  }
  return cgroups;
}
