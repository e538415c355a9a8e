import { setTimeout as sleep } from 'node:timers/promises';
import {
  ancestors as findAncestors,
  hasCapability,
  listThreads,
  type Mapping,
  type Mount,
  type OpenFile,
  readAddressSpaceLimit,
  readChildNamespaces,
  readFdInfo,
  readMappedFile,
  readMaps,
  readMounts,
  readPersonality,
  readProgram,
  readProgramMount,
  readRootFolder,
  readSchedulingPolicy,
  readSecurityLabel,
  readSmapsFlags,
  readThread,
  readThreadApart,
  readWorkingFolder,
  type Snapshot,
  slotKey,
  takeSnapshot,
} from '../../host/proc/index.js';
import { findClosure } from '../closure/index.js';
import { askKernel } from './ask.js';
import { findSharers, readProtocols } from './ask-kin.js';
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
    askKernel(snapshot),
  ]);
  const closure = findClosure(snapshot);
  const [stuck, protocols, sharers, answers] = await asked;
  const usualProcessors = readThread(1, 1)?.processors ?? '';
  const mountsOf = mountReader(snapshot);
  const processes = new Map(
    snapshot.targets.flatMap(pid => {
      const task = snapshot.processes.get(pid);
      if (task === undefined) return [];
      const mappings = readMaps(pid);
      const facts: ProcessFacts = {
        task,
        files: (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd }) =>
          withFlags(pid, snapshot.openFiles.get(slotKey({ pid, fd }))),
        ),
        mappings,
        workingFolder: readWorkingFolder(pid) ?? '',
        rootFolder: readRootFolder(pid) ?? '',
        spaceLeftKiB: spaceLeft(pid, task.virtualKiB),
        deletedMappings: mappings
          .filter(hasLostItsName)
          .flatMap(mapping => readMappedFile(pid, mapping) ?? []),
        mappingFlags: readSmapsFlags(pid),
        mounts: mountsOf(pid),
        threads: threadsOf(pid, stuck),
        threadsApart: threadsApart(pid, snapshot, answers.threadsApart.get(pid) ?? []),
        settings: new Map(
          (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd }) => {
            const one = answers.settings.get(slotKey({ pid, fd }));
            return one === undefined ? [] : [[fd, one] as const];
          }),
        ),
        watchedElsewhere: answers.watchedElsewhere.get(pid) ?? [],
        sealedMappings: answers.sealed.get(pid) ?? [],
        ioClass: answers.ioClass.get(pid) ?? 0,
        personality: readPersonality(pid),
        usualProcessors,
        program: readProgram(pid) ?? '',
        programMount: readProgramMount(pid),
        // A zombie's links cannot be read, and it has no more children.
        childNamespaces: task.state === 'Z' ? [] : readChildNamespaces(pid),
        protocols: protocols.get(pid) ?? new Map(),
        sharesMemoryWith: sharers.get(pid),
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
    if (thread === undefined) return [];
    const schedulingPolicy = readSchedulingPolicy(pid, tid);
    return [{ ...thread, stuck: stuck.has(`${pid}:${tid}`), schedulingPolicy }];
  });
}

/** `files:12` and `folder:12` from kcmp, with the namespaces that only a thread is in. */
function threadsApart(pid: number, snapshot: Snapshot, compared: readonly string[]): readonly string[] {
  const tids = (snapshot.threads.get(pid) ?? []).filter(tid => tid !== pid);
  return [...compared, ...tids.flatMap(tid => readThreadApart(pid, tid).map(kind => `${kind}:${tid}`))];
}

/** The snapshot knows only for what a pipe is open, and of a socket nothing; their flags and lines decide, too. */
function withFlags(pid: number, file: OpenFile | undefined): readonly OpenFile[] {
  if (file === undefined) return [];
  if (!/^(pipe|socket):\[/.test(file.target)) return [file];
  const info = readFdInfo(pid, file.fd);
  return [{ ...file, flags: info?.flags ?? file.flags, lines: info?.lines ?? [] }];
}

function spaceLeft(pid: number, usedKiB: number | undefined): number | undefined {
  const limit = readAddressSpaceLimit(pid);
  return limit === undefined || usedKiB === undefined ? undefined : Math.floor(limit / 1024) - usedKiB;
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
