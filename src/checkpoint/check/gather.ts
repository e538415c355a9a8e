import { setTimeout as sleep } from 'node:timers/promises';
import {
  ancestors as findAncestors,
  hasCapability,
  hasSecurityLabels,
  type Mapping,
  type Mount,
  readChildNamespaces,
  readInterfaces,
  readMappedFile,
  readMounts,
  readOpenFile,
  readProgramMount,
  readRootFolder,
  readSecurityLabel,
  readThread,
  readWorkingFolder,
  type Slot,
  type Snapshot,
  sameAddressSpaces,
  slotKey,
  socketProtocols,
  type Task,
  type Thread,
  takeSnapshot,
} from '../../host/proc/index.js';
import { findClosure } from '../closure/index.js';
import { membersByRoot, tiesByRoot } from './by-root.js';
import { type OwnMounts, seeOwnMounts } from './own-mounts.js';
import type { ProcessFacts, SeenTree } from './rule.js';

/** linux/capability.h. */
const CAP_SYS_RESOURCE = 24;

/** How often, and how far apart, a thread that sleeps uninterruptibly is looked at again before it counts as stuck. */
const LOOKS = 5;
const PAUSE_MS = 50;

/**
 * Looks at the trees of these PIDs. Stops and changes nothing. One entry for each tree. `tasks` is for whoever has just
 * listed all processes.
 */
export async function gatherFacts(
  pids: readonly number[],
  tasks?: readonly Task[],
): Promise<readonly SeenTree[]> {
  const snapshot = await takeSnapshot(pids, 'everything', tasks);
  const threads = readThreads(snapshot);
  const asked = Promise.all([
    findStuckThreads([...threads.values()].flat()),
    readProtocols(snapshot),
    findSharers(snapshot),
  ]);
  const closure = findClosure(snapshot);
  const [stuck, protocols, sharers] = await asked;
  const mountsOf = mountReader(snapshot);
  const labelled = hasSecurityLabels();
  const processes = new Map(
    snapshot.targets.flatMap(pid => {
      const task = snapshot.processes.get(pid);
      if (task === undefined) return [];
      const { mappings, flags } = snapshot.memory.get(pid) ?? { mappings: [], flags: [] };
      const facts: ProcessFacts = {
        task,
        files: (snapshot.descriptors.get(pid) ?? []).flatMap(
          ({ fd }) => snapshot.openFiles.get(slotKey({ pid, fd })) ?? [],
        ),
        mappings,
        workingFolder: readWorkingFolder(pid) ?? '',
        deletedMappings: mappings
          .filter(hasLostItsName)
          .flatMap(mapping => readMappedFile(pid, mapping) ?? []),
        mappingFlags: flags,
        mounts: mountsOf(pid),
        threads: (threads.get(pid) ?? []).map(one => ({ ...one, stuck: stuck.has(one.tid) })),
        // A zombie's links cannot be read, and it has no more children.
        childNamespaces:
          task.state === 'Z' ? [] : readChildNamespaces(pid, snapshot.namespaces.get(pid) ?? {}),
        protocols: protocols.get(pid) ?? new Map(),
        sharesMemoryWith: sharers.get(pid),
        securityLabel: labelled ? readSecurityLabel(pid) : '',
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
      interfaces: interfacesOf(members.get(root) ?? [], snapshot),
      ...ownMountsOf(root, members.get(root) ?? [], snapshot, mountsOf),
      own: { uid: process.getuid?.() ?? 0, capSysResource: hasCapability(CAP_SYS_RESOURCE), ancestors },
    };
  });
}

function interfacesOf(
  members: readonly number[],
  { namespaces, ownNamespaces }: Snapshot,
): readonly string[] {
  const places = new Map(members.map(pid => [namespaces.get(pid)?.net, pid]));
  places.delete(undefined);
  places.delete(ownNamespaces.net);
  return [...places.values()].flatMap(pid => readInterfaces(pid)).filter(name => name !== 'lo');
}

function ownMountsOf(
  root: number,
  members: readonly number[],
  { namespaces, ownNamespaces, descriptors }: Snapshot,
  mountsOf: (pid: number) => readonly Mount[],
): { readonly ownMounts?: OwnMounts } {
  const theirs = namespaces.get(root)?.mnt;
  if (theirs === undefined || theirs === ownNamespaces.mnt) return {};
  const devices = members.flatMap(pid =>
    (descriptors.get(pid) ?? [])
      .filter(({ target }) => target.startsWith('/dev/'))
      .flatMap(one => readOpenFile(pid, one) ?? [])
      .map(file => ({ pid, file })),
  );
  return { ownMounts: seeOwnMounts(mountsOf(root), readMounts('self'), readProgramMount(root), devices) };
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

/** The threads of the targets. What is known of a process is known of its only thread. */
function readThreads(snapshot: Snapshot): ReadonlyMap<number, readonly SeenThread[]> {
  return new Map(
    snapshot.targets.map(pid => {
      const task = snapshot.processes.get(pid);
      const tids = snapshot.threads.get(pid) ?? [];
      if (task !== undefined && tids.length === 1 && tids[0] === pid)
        return [pid, [{ pid, tid: pid, state: task.state, tracer: task.tracer }]];
      return [
        pid,
        tids.flatMap(tid => {
          const thread = readThread(pid, tid);
          return thread === undefined ? [] : [{ pid, ...thread }];
        }),
      ];
    }),
  );
}

interface SeenThread extends Thread {
  readonly pid: number;
}

/** Threads in state D at every look. Most are there for a moment only: where there is none, it costs nothing. */
async function findStuckThreads(threads: readonly SeenThread[]): Promise<ReadonlySet<number>> {
  let stuck = threads.filter(thread => thread.state === 'D');
  for (let look = 1; look < LOOKS && stuck.length > 0; look++) {
    await sleep(PAUSE_MS);
    stuck = stuck.filter(({ pid, tid }) => readThread(pid, tid)?.state === 'D');
  }
  return new Set(stuck.map(({ tid }) => tid));
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

/** Mapped files that must be carried along; what only looks like a deleted file (memfd, shared memory) is not. */
function hasLostItsName({ path }: Mapping): boolean {
  return (
    path.endsWith(' (deleted)') &&
    !['/memfd:', '/dev/zero', '/SYSV', '/anon_hugepage', '/[aio]', '/secretmem'].some(start =>
      path.startsWith(start),
    )
  );
}
