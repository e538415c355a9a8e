import { type Descriptor, type OpenFile, readDescriptors, readOpenFile } from './descriptors.js';
import { childrenByParent } from './family.js';
import { readLocks } from './locks.js';
import { type AddressSpace, type Mapping, mayPassWrites, readAddressSpace, readSharedMaps } from './maps.js';
import { listTasks, listThreads, type Task } from './process.js';
import { readInBulk } from './read-in-bulk.js';
import { findSharedDescriptions } from './shared-descriptions.js';
import { type Snapshot, slotKey } from './snapshot.js';
import { STATELESS_DEVICES } from './stateless-devices.js';
import { readSysv } from './sysv.js';
import { readCgroups, readTargetNamespaces } from './target-places.js';
import { readTargetSockets } from './target-sockets.js';

/**
 * Looks at the machine once, on behalf of the processes `wanted` and all that descend from them. Nothing is stopped
 * or changed. PIDs that do not exist are left out of `targets`. `depth` says whether only what ties them to others is
 * looked at, or also what decides whether they can be frozen: all of their memory, all flags of their pipes. Whoever
 * has just listed all processes passes them on.
 */
export async function takeSnapshot(
  wanted: readonly number[],
  depth: 'ties' | 'everything' = 'ties',
  tasks = listTasks(),
): Promise<Snapshot> {
  const processes = new Map(
    tasks
      // This process is no part of what it looks at. Its helpers (ss, perl) start only afterwards.
      .filter(task => !task.kernelThread && task.pid !== process.pid)
      .map(task => [task.pid, task]),
  );
  const targets = withDescendants(wanted, processes);
  const targetSet = new Set(targets);
  const unknown: string[] = [];

  // What other programs have to be asked for, they are asked for beside the reading.
  const inBulk = readInBulk(targets, depth === 'everything' ? 'smaps' : 'query');
  const sysv = readSysv();
  const locks = readLocks();
  const threads = new Map(
    targets.map(pid => [pid, processes.get(pid)?.threads === 1 ? [pid] : listThreads(pid)]),
  );
  const bulk = await inBulk;
  const descriptors = new Map(targets.map(pid => [pid, bulk?.get(pid)?.descriptors ?? readDescriptors(pid)]));
  const openFiles = new Map<string, OpenFile>();
  const pipeFlags = depth === 'everything';
  for (const [pid, list] of descriptors) addOpenFiles(openFiles, pid, list.filter(isCounted), pipeFlags);
  const cgroups = readCgroups(targets, processes, pid => bulk?.get(pid)?.cgroup);
  const { own, namespaces } = readTargetNamespaces(targets, processes, pid => bulk?.get(pid)?.namespaces);
  const network = readTargetSockets({ targets, descriptors, namespaces, own: own.net }, unknown);
  const memoryOf = depth === 'everything' ? readAddressSpace : readSharedMemory;
  const memory = new Map(targets.map(pid => [pid, bulk?.get(pid)?.memory ?? memoryOf(pid)]));
  const sharedMappings = readSharedMappings(memory, processes);
  addOthers({ targets, processes, sharedMappings }, descriptors, openFiles);
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
    memory,
    threads,
    ownNamespaces: own,
    namespaces,
    cgroups,
    locks: await locks,
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

/** Adds what lies behind descriptors of a process. */
function addOpenFiles(
  openFiles: Map<string, OpenFile>,
  pid: number,
  descriptors: readonly Descriptor[],
  pipeFlags: boolean,
): void {
  for (const descriptor of descriptors) {
    const file = readOpenFile(pid, descriptor, pipeFlags);
    if (file !== undefined) openFiles.set(slotKey({ pid, fd: descriptor.fd }), file);
  }
}

/**
 * Adds the descriptors of all others, and what lies behind those whose link reads as one of a target does or as memory
 * that one has mapped, and behind the masters of all terminals. Nobody is asked where no target has anything that
 * another process could hold as well.
 */
function addOthers(
  { targets, processes, sharedMappings }: Pick<Snapshot, 'targets' | 'processes' | 'sharedMappings'>,
  descriptors: Map<number, readonly Descriptor[]>,
  openFiles: Map<string, OpenFile>,
): void {
  const links = new Set<string>();
  for (const list of descriptors.values()) for (const one of list) if (isCounted(one)) links.add(one.target);
  for (const list of sharedMappings.values()) for (const { path } of list) links.add(path);
  const isAlone = (task: Task | undefined): boolean => task?.terminal === 0 && task.seccomp === 0;
  // Others hold the other side of its terminal, or answer the calls that its filter asks about.
  if (links.size === 0 && targets.every(pid => isAlone(processes.get(pid)))) return;
  const isAsked = (link: string): boolean =>
    (links.has(link) && !link.startsWith('socket:')) || link.endsWith('ptmx');
  for (const pid of processes.keys()) {
    if (descriptors.has(pid)) continue;
    const list = readDescriptors(pid);
    descriptors.set(pid, list);
    const asked = list.filter(({ target }) => isAsked(target));
    addOpenFiles(openFiles, pid, asked, false);
  }
}

function isCounted({ target }: Descriptor): boolean {
  return !STATELESS_DEVICES.has(target);
}

/** Other processes' maps are read only when some target shares memory at all. */
function readSharedMappings(
  memory: ReadonlyMap<number, AddressSpace>,
  processes: ReadonlyMap<number, Task>,
): ReadonlyMap<number, readonly Mapping[]> {
  const mappings = new Map<number, readonly Mapping[]>();
  const add = (pid: number, found: readonly Mapping[]): void => {
    if (found.length > 0) mappings.set(pid, found);
  };
  for (const [pid, space] of memory) add(pid, space.mappings.filter(mayPassWrites));
  if (mappings.size > 0)
    for (const pid of processes.keys())
      if (!memory.has(pid)) add(pid, readSharedMaps(pid).filter(mayPassWrites));
  return mappings;
}

function readSharedMemory(pid: number): AddressSpace {
  return { mappings: readSharedMaps(pid), flags: [] };
}
