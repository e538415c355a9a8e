import { type Descriptor, type OpenFile, readDescriptors, readOpenFile } from './descriptors.js';
import { childrenByParent } from './family.js';
import { readLocks } from './locks.js';
import { type AddressSpace, type Mapping, readAddressSpace, readSharedMaps } from './maps.js';
import { listTasks, listThreads, type Task } from './process.js';
import { readInBulk } from './read-in-bulk.js';
import { findSharedDescriptions } from './shared-descriptions.js';
import { type Snapshot, slotKey } from './snapshot.js';
import { readSysv } from './sysv.js';
import { readCgroups, readTargetNamespaces } from './target-places.js';
import { readTargetSockets } from './target-sockets.js';

/**
 * Looks at the machine once, on behalf of the processes `wanted` and all that descend from them. Nothing is stopped
 * or changed. PIDs that do not exist are left out of `targets`. `depth` says whether only what ties them to others is
 * looked at, or also what decides whether they can be frozen: all of their memory, all flags of their pipes.
 */
export async function takeSnapshot(
  wanted: readonly number[],
  depth: 'ties' | 'everything' = 'ties',
): Promise<Snapshot> {
  const processes = new Map(
    listTasks()
      // This process is no part of what it looks at. Its helpers (ss, perl) start only afterwards.
      .filter(task => !task.kernelThread && task.pid !== process.pid)
      .map(task => [task.pid, task]),
  );
  const targets = withDescendants(wanted, processes);
  const targetSet = new Set(targets);
  const unknown: string[] = [];

  // What other programs have to be asked for, they are asked for beside the reading.
  const inBulk = readInBulk(targets, depth === 'everything' ? 'smaps' : 'maps');
  const sysv = readSysv();
  const descriptors = new Map<number, readonly Descriptor[]>();
  for (const pid of processes.keys()) descriptors.set(pid, readDescriptors(pid));

  const openFiles = readOpenFiles(targets, targetSet, descriptors, depth === 'everything');
  const sharing = findSharedDescriptions(targetSet, descriptors, openFiles);
  const cgroups = readCgroups(targets, processes);
  const threads = new Map(
    targets.map(pid => [pid, processes.get(pid)?.threads === 1 ? [pid] : listThreads(pid)]),
  );
  const bulk = await inBulk;
  const { own, namespaces } = readTargetNamespaces(targets, processes, pid => bulk?.get(pid)?.namespaces);
  const network = readTargetSockets(targets, descriptors, namespaces, own.net, unknown);
  const memoryOf = depth === 'everything' ? readAddressSpace : readSharedMemory;
  const memory = new Map(targets.map(pid => [pid, bulk?.get(pid)?.memory ?? memoryOf(pid)]));
  const sharedMappings = readSharedMappings(memory, processes);
  const shared = await sharing;
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
    memory,
    threads,
    ownNamespaces: own,
    namespaces,
    cgroups,
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
  memory: ReadonlyMap<number, AddressSpace>,
  processes: ReadonlyMap<number, Task>,
): ReadonlyMap<number, readonly Mapping[]> {
  const mappings = new Map<number, readonly Mapping[]>();
  const add = (pid: number, found: readonly Mapping[]): void => {
    if (found.length > 0) mappings.set(pid, found);
  };
  for (const [pid, space] of memory)
    add(
      pid,
      space.mappings.filter(mapping => mapping.shared),
    );
  if (mappings.size > 0)
    for (const pid of processes.keys()) if (!memory.has(pid)) add(pid, readSharedMaps(pid));
  return mappings;
}

function readSharedMemory(pid: number): AddressSpace {
  return { mappings: readSharedMaps(pid), flags: [] };
}
