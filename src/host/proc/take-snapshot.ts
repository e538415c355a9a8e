import { readSockets, type Socket } from '../sockets/index.js';
import { type Descriptor, type OpenFile, readDescriptors, readOpenFile } from './descriptors.js';
import { childrenByParent } from './family.js';
import { readLocks } from './locks.js';
import { type Mapping, readSharedMaps } from './maps.js';
import { type Namespaces, readCgroup, readNamespace, readNamespaces } from './namespaces.js';
import { listTasks, listThreads, type Task } from './process.js';
import { findSharedDescriptions } from './shared-descriptions.js';
import { type Snapshot, slotKey, TYING_NAMESPACES } from './snapshot.js';
import { readSysv } from './sysv.js';

/**
 * Looks at the machine once, on behalf of the processes `wanted` and all that descend from them. Nothing is stopped
 * or changed. PIDs that do not exist are left out of `targets`.
 */
export async function takeSnapshot(wanted: readonly number[]): Promise<Snapshot> {
  const processes = new Map(
    listTasks()
      // This process is no part of what it looks at. Its helpers (ss, perl) start only afterwards.
      .filter(task => !task.kernelThread && task.pid !== process.pid)
      .map(task => [task.pid, task]),
  );
  const targets = withDescendants(wanted, processes);
  const targetSet = new Set(targets);
  const unknown: string[] = [];

  const descriptors = new Map<number, readonly Descriptor[]>();
  for (const pid of processes.keys()) descriptors.set(pid, readDescriptors(pid));

  const namespaces = new Map(targets.map(pid => [pid, readNamespaces(pid)]));
  const ownNamespaces = readNamespaces('self');
  const holders = targets.filter(pid => descriptors.get(pid)?.some(one => one.target.startsWith('socket:')));
  // What other programs have to be asked for, they are asked for beside the reading.
  const network = readTargetSockets(holders, namespaces, ownNamespaces.net, unknown);
  const sysv = readSysv();
  const openFiles = readOpenFiles(targets, targetSet, descriptors);
  const sharedMappings = readSharedMappings(targets, targetSet, processes);
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

function withDescendants(wanted: readonly number[], processes: ReadonlyMap<number, Task>): readonly number[] {
  const children = childrenByParent(processes.values());
  const found = new Set(wanted.filter(pid => processes.has(pid)));
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child.pid);
  return [...found].sort((a, b) => a - b);
}

/** The socket tables of every network namespace that a target lives in. */
async function readTargetSockets(
  targets: readonly number[],
  namespaces: ReadonlyMap<number, Namespaces>,
  own: number | undefined,
  unknown: string[],
): Promise<ReadonlyMap<number, Socket>> {
  const representative = new Map<number, number>();
  for (const pid of targets) {
    const net = namespaces.get(pid)?.net;
    // A zombie shows none, and has no sockets either.
    if (net !== undefined && !representative.has(net)) representative.set(net, pid);
  }
  const sockets = new Map<number, Socket>();
  for (const [net, pid] of representative) {
    const table = await readSockets(pid, net !== own);
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
): ReadonlyMap<string, OpenFile> {
  const openFiles = new Map<string, OpenFile>();
  const links = new Set<string>();
  const add = (pid: number, descriptor: Descriptor): void => {
    const file = readOpenFile(pid, descriptor);
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
): ReadonlyMap<number, readonly Mapping[]> {
  const mappings = new Map<number, readonly Mapping[]>();
  const add = (pid: number): void => {
    const found = readSharedMaps(pid);
    if (found.length > 0) mappings.set(pid, found);
  };
  for (const pid of targets) add(pid);
  if (mappings.size > 0) for (const pid of processes.keys()) if (!targetSet.has(pid)) add(pid);
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
