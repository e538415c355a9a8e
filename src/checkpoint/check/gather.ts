import { setTimeout as sleep } from 'node:timers/promises';
import {
  ancestors as findAncestors,
  frozenGroups,
  hasCapability,
  hasSecurityLabels,
  type Mapping,
  type Mount,
  type OpenFile,
  readAddressSpaceLimit,
  readChildNamespaces,
  readFdInfo,
  readInterfaces,
  readMappedFile,
  readMounts,
  readOpenFile,
  readPersonality,
  readProgram,
  readProgramMount,
  readRootFolder,
  readSecurityLabel,
  readStat,
  readThread,
  readThreadApart,
  readWorkingFolder,
  type Snapshot,
  slotKey,
  type Task,
  type Thread,
  takeSnapshot,
} from '../../host/proc/index.js';
import { type Service, serviceOf } from '../../host/service.js';
import { findClosure } from '../closure/index.js';
import { askKernel } from './ask.js';
import { findSharers, readProtocols } from './ask-kin.js';
import { boundSockets, filesOfSockets } from './bound-sockets.js';
import { membersByRoot, tiesByRoot } from './by-root.js';
import { filesInMemory } from './files-in-memory.js';
import { neglectedListeners, stillWatched, vanishedSockets } from './look-again.js';
import { type OwnMounts, seeOwnMounts } from './own-mounts.js';
import { seeOwnUsers } from './own-users.js';
import { pidFiles } from './pid-files.js';
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
    askKernel(snapshot),
    servicesOf(snapshot.roots),
  ]);
  const closure = findClosure(snapshot);
  const [stuck, protocols, sharers, answers, services] = await asked;
  const [vanished, watched, neglected] = await Promise.all([
    vanishedSockets(snapshot, protocols),
    stillWatched(answers.watchedElsewhere),
    neglectedListeners(snapshot),
  ]);
  const frozen = frozenGroups(snapshot.targets.flatMap(pid => snapshot.cgroups.get(pid) ?? []));
  const usualProcessors = readThread(1, 1)?.processors ?? '';
  const mountsOf = mountReader(snapshot);
  const labelled = hasSecurityLabels();
  const members = membersByRoot(snapshot);
  const rootOf = new Map([...members].flatMap(([root, pids]) => pids.map(pid => [pid, root] as const)));
  const processes = new Map(
    snapshot.targets.flatMap(pid => {
      const task = snapshot.processes.get(pid);
      if (task === undefined) return [];
      const { mappings, flags, lowestCode } = snapshot.memory.get(pid) ?? { mappings: [], flags: [] };
      const files = (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd }) =>
        vanished.has(slotKey({ pid, fd }))
          ? []
          : withFlags(pid, snapshot.openFiles.get(slotKey({ pid, fd }))),
      );
      const deletedMappings = mappings
        .filter(hasLostItsName)
        .flatMap(mapping => readMappedFile(pid, mapping) ?? []);
      const gone = new Set(deletedMappings.map(one => one.path));
      const mounts = mountsOf(pid);
      const outside = rootOfMounts(pid, rootOf.get(pid) ?? pid, snapshot);
      const facts: ProcessFacts = {
        task,
        files,
        socketFiles: filesOfSockets(pid, outside, boundSockets(files, snapshot)),
        mappings,
        workingFolder: readWorkingFolder(pid) ?? '',
        rootFolder: readRootFolder(pid) ?? '',
        spaceLeftKiB: spaceLeft(pid, task.virtualKiB),
        deletedMappings,
        filesInMemory: filesInMemory(pid, files, { mappings, mounts, gone }),
        mappingFlags: flags,
        lowestCode,
        mounts,
        threads: (threads.get(pid) ?? []).map(one => ({ ...one, stuck: stuck.has(one.tid) })),
        threadsApart: threadsApart(pid, snapshot, answers.threadsApart.get(pid) ?? []),
        settings: new Map(
          (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd }) => {
            const one = answers.settings.get(slotKey({ pid, fd }));
            return one === undefined ? [] : [[fd, one] as const];
          }),
        ),
        watchedElsewhere: (watched.get(pid) ?? []).map(
          one => `fd ${one.epoll} watches what was fd ${one.watched}`,
        ),
        sealedMappings: answers.sealed.get(pid) ?? [],
        ioClass: answers.ioClass.get(pid) ?? 0,
        personality: readPersonality(pid),
        usualProcessors,
        program: readProgram(pid) ?? '',
        programMount: readProgramMount(pid),
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
  const ties = tiesByRoot(closure, members);
  const living = (root: number): readonly number[] =>
    (members.get(root) ?? []).filter(pid => pid === root || !hasEndedSince(pid, snapshot));
  const numbered = pidFiles();
  const parent = snapshot.processes.get(process.ppid);
  const ancestors =
    parent === undefined
      ? []
      : [parent, ...findAncestors(parent.pid, snapshot.processes)].map(one => one.pid);
  return snapshot.roots.map(root => {
    const alive = living(root);
    return {
      root,
      members: alive,
      snapshot,
      ties: ties.get(root) ?? [],
      processes,
      service: services.get(root),
      pidFiles: alive.flatMap(pid =>
        processes.get(pid)?.task.namespacePids.length === 1 ? (numbered.get(pid) ?? []) : [],
      ),
      interfaces: interfacesOf(alive, snapshot),
      neglected,
      frozenGroups: frozen,
      ownUsers: seeOwnUsers(root, alive, snapshot),
      ...ownMountsOf(root, alive, snapshot, mountsOf),
      own: { uid: process.getuid?.() ?? 0, capSysResource: hasCapability(CAP_SYS_RESOURCE), ancestors },
    };
  });
}

/** Of who has ended meanwhile, what was read last says nothing: links that are gone look like those of other places. */
function hasEndedSince(pid: number, { processes }: Snapshot): boolean {
  const state = readStat(pid)?.state ?? 'X';
  return 'ZX'.includes(state) && processes.get(pid)?.state !== 'Z';
}

/** The root of the mounts that a process lives in, as a path from here; its own root where none is known in them. */
function rootOfMounts(pid: number, root: number, { namespaces, ownNamespaces }: Snapshot): string {
  const theirs = namespaces.get(pid)?.mnt;
  if (theirs === ownNamespaces.mnt) return '';
  return `/proc/${theirs === namespaces.get(root)?.mnt ? root : pid}/root`;
}

async function servicesOf(roots: readonly number[]): Promise<ReadonlyMap<number, Service | undefined>> {
  // Where systemd does not answer, a freeze says so.
  const ask = (root: number): Promise<Service | undefined> => serviceOf(root).catch(() => undefined);
  return new Map(await Promise.all(roots.map(async root => [root, await ask(root)] as const)));
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
  return { ownMounts: seeOwnMounts(root, mountsOf(root), readMounts('self'), devices) };
}

/** What a mount namespace has mounted: a process in a chroot is shown only what lies below that. */
function mountReader({ namespaces, ownNamespaces, targets }: Snapshot): (pid: number) => readonly Mount[] {
  const known = new Map<number, readonly Mount[]>();
  return pid => {
    const space = namespaces.get(pid)?.mnt;
    if (space === undefined) return readMounts(pid);
    const found = known.get(space) ?? readMounts(space === ownNamespaces.mnt ? 'self' : seesMost(space, pid));
    // Of one that has gone nothing is learnt.
    if (found.length > 0) known.set(space, found);
    return found;
  };
  function seesMost(space: number, pid: number): number {
    const peers = targets.filter(one => namespaces.get(one)?.mnt === space);
    return peers.find(one => readRootFolder(one) === '/') ?? pid;
  }
}

function readThreads(snapshot: Snapshot): ReadonlyMap<number, readonly SeenThread[]> {
  return new Map(
    snapshot.targets.map(pid => [
      pid,
      (snapshot.threads.get(pid) ?? []).flatMap(tid => {
        const thread = readThread(pid, tid);
        return thread === undefined ? [] : [{ pid, ...thread }];
      }),
    ]),
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
