import { setTimeout as sleep } from 'node:timers/promises';
import {
  ancestors as findAncestors,
  hasCapability,
  listThreads,
  type Mapping,
  type Mount,
  type OpenFile,
  readChildNamespaces,
  readFdInfo,
  readMappedFile,
  readMounts,
  readNamedMaps,
  readRootFolder,
  readSchedulingPolicy,
  readSecurityLabel,
  readSmapsFlags,
  readThread,
  readWorkingFolder,
  type Slot,
  type Snapshot,
  sameAddressSpaces,
  slotKey,
  socketProtocols,
  takeSnapshot,
} from '../../host/proc/index.js';
import { findClosure } from '../closure/index.js';
import { membersByRoot, tiesByRoot } from './by-root.js';
import type { ProcessFacts, SeenTree, ThreadFacts } from './rule.js';

/** linux/capability.h. */
const CAP_SYS_RESOURCE = 24;

/** How often, and how far apart, a thread that sleeps uninterruptibly is looked at again before it counts as stuck. */
const LOOKS = 5;
const PAUSE_MS = 50;

/** Looks at the trees of these PIDs. Stops and changes nothing. One entry for each tree. */
export async function gatherFacts(pids: readonly number[]): Promise<readonly SeenTree[]> {
  const snapshot = await takeSnapshot(pids);
  const asked = Promise.all([
    findStuckThreads(snapshot.targets),
    readProtocols(snapshot),
    findSharers(snapshot),
  ]);
  const closure = findClosure(snapshot);
  const [stuck, protocols, sharers] = await asked;
  const mountsOf = mountReader(snapshot);
  const processes = new Map(
    snapshot.targets.flatMap(pid => {
      const task = snapshot.processes.get(pid);
      if (task === undefined) return [];
      const mappings = readNamedMaps(pid);
      const facts: ProcessFacts = {
        task,
        files: (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd }) =>
          withFlags(pid, snapshot.openFiles.get(slotKey({ pid, fd }))),
        ),
        mappings,
        workingFolder: readWorkingFolder(pid) ?? '',
        deletedMappings: mappings
          .filter(hasLostItsName)
          .flatMap(mapping => readMappedFile(pid, mapping) ?? []),
        mappingFlags: readSmapsFlags(pid),
        mounts: mountsOf(pid),
        threads: threadsOf(pid, stuck),
        // A zombie's links cannot be read, and it has no more children.
        childNamespaces: task.state === 'Z' ? [] : readChildNamespaces(pid),
        protocols: protocols.get(pid) ?? new Map(),
        sharesMemoryWith: sharers.get(pid),
        schedulingPolicy: readSchedulingPolicy(pid),
        securityLabel: readSecurityLabel(pid),
      };
      return [[pid, facts] as const];
    }),
  );
  const members = membersByRoot(snapshot);
  const ties = tiesByRoot(closure, members);
  const parent = snapshot.processes.get(process.ppid);
  const ancestors =
    parent === undefined
      ? []
      : [parent, ...findAncestors(parent.pid, snapshot.processes)].map(one => one.pid);
  return snapshot.roots.map(root => {
    return {
      root,
      members: members.get(root) ?? [],
      snapshot,
      ties: ties.get(root) ?? [],
      processes,
      own: { uid: process.getuid?.() ?? 0, capSysResource: hasCapability(CAP_SYS_RESOURCE), ancestors },
    };
  });
}

/** Processes of one mount namespace and one root see the same mounts. */
function mountReader(snapshot: Snapshot): (pid: number) => readonly Mount[] {
  const known = new Map<string, readonly Mount[]>();
  return pid => {
    const key = `${snapshot.namespaces.get(pid)?.mnt} ${readRootFolder(pid)}`;
    const found = known.get(key) ?? readMounts(pid);
    // Of one that has gone nothing is learnt.
    if (found.length > 0) known.set(key, found);
    return found;
  };
}

/** Threads in state D at every look. Most are there for a moment only: an empty answer costs one look. */
async function findStuckThreads(pids: readonly number[]): Promise<ReadonlySet<string>> {
  const sleeping = (pid: number, tid: number): boolean => readThread(pid, tid)?.state === 'D';
  let stuck = pids.flatMap(pid =>
    listThreads(pid)
      .filter(tid => sleeping(pid, tid))
      .map(tid => ({ pid, tid })),
  );
  for (let look = 1; look < LOOKS && stuck.length > 0; look++) {
    await sleep(PAUSE_MS);
    stuck = stuck.filter(({ pid, tid }) => sleeping(pid, tid));
  }
  return new Set(stuck.map(({ pid, tid }) => `${pid}:${tid}`));
}

function threadsOf(pid: number, stuck: ReadonlySet<string>): readonly ThreadFacts[] {
  return listThreads(pid).flatMap(tid => {
    const thread = readThread(pid, tid);
    return thread === undefined ? [] : [{ ...thread, stuck: stuck.has(`${pid}:${tid}`) }];
  });
}

/** Asks the kernel for the protocol of every socket of the targets: the tables show MPTCP as TCP, and leave out some. */
async function readProtocols(
  snapshot: Snapshot,
): Promise<ReadonlyMap<number, ReadonlyMap<number, string | undefined>>> {
  const slots: Slot[] = snapshot.targets.flatMap(pid =>
    (snapshot.descriptors.get(pid) ?? [])
      .filter(({ target }) => target.startsWith('socket:'))
      .map(({ fd }) => ({ pid, fd })),
  );
  const names = await socketProtocols(slots);
  const byPid = new Map<number, Map<number, string | undefined>>();
  slots.forEach(({ pid, fd }, index) => {
    const byFd = byPid.get(pid) ?? new Map<number, string | undefined>();
    byFd.set(fd, names[index]);
    byPid.set(pid, byFd);
  });
  return byPid;
}

/**
 * Who shares an address space with whom. Only targets of the same virtual size can: the kernel counts it once for
 * all who share. Where no other has that size nobody needs to be asked.
 */
async function findSharers(snapshot: Snapshot): Promise<ReadonlyMap<number, readonly number[]>> {
  const bySize = new Map<number, number[]>();
  const sharers = new Map<number, readonly number[]>();
  for (const pid of snapshot.targets) {
    const size = snapshot.processes.get(pid)?.virtualKiB;
    sharers.set(pid, []);
    if (size === undefined) continue;
    bySize.set(size, [...(bySize.get(size) ?? []), pid]);
  }
  const groups = [...bySize.values()].filter(group => group.length > 1);
  const answers = await sameAddressSpaces(groups);
  groups.forEach((group, index) => {
    const classes = answers[index];
    for (const pid of group) {
      const own = classes?.find(one => one.includes(pid));
      if (classes === undefined) sharers.delete(pid);
      else sharers.set(pid, own?.filter(other => other !== pid) ?? []);
    }
  });
  return sharers;
}

/** The snapshot knows only for what a pipe is open; its other flags decide, too. */
function withFlags(pid: number, file: OpenFile | undefined): readonly OpenFile[] {
  if (file === undefined) return [];
  if (!file.target.startsWith('pipe:[')) return [file];
  return [{ ...file, flags: readFdInfo(pid, file.fd)?.flags ?? file.flags }];
}

/** Mapped files that must be carried along; what only looks like a deleted file (memfd, shared memory) is not. */
function hasLostItsName({ path }: Mapping): boolean {
  return (
    path.endsWith(' (deleted)') &&
    !['/memfd:', '/dev/zero', '/SYSV', '/anon_hugepage', '/[aio]', '/secretmem'].some(start =>
      path.startsWith(start),
    )
  );
}
