import {
  type DescriptorSettings,
  keptFromReading,
  type Mapping,
  type OpenFile,
  readAddressSpaceLimit,
  readBreakpoints,
  readChildNamespaces,
  readFdInfo,
  readMappedFile,
  readPersonality,
  readProgram,
  readProgramMount,
  readRootFolder,
  readSecurityLabel,
  readThreadApart,
  readWorkingFolder,
  type Snapshot,
  slotKey,
  type Task,
} from '../../host/proc/index.js';
import type { Answers, WatchedElsewhere } from './ask.js';
import { boundSockets, filesOfSockets } from './bound-sockets.js';
import { filesInMemory } from './files-in-memory.js';
import { type MountReader, rootOfMounts } from './mounts-of.js';
import type { ProcessFacts } from './rule.js';
import type { SeenThread } from './threads.js';

/** What was found out of all processes at once, before each of them is looked at. */
export interface Surroundings {
  readonly snapshot: Snapshot;
  readonly mountsOf: MountReader;
  /** The root of the tree that a process is in, by PID. */
  readonly rootOf: ReadonlyMap<number, number>;
  readonly threads: ReadonlyMap<number, readonly SeenThread[]>;
  /** Thread IDs. */
  readonly stuck: ReadonlySet<number>;
  /** Descriptors that are no part of their process any more (slotKey). */
  readonly vanished: ReadonlySet<string>;
  readonly protocols: ReadonlyMap<number, ReadonlyMap<number, string | undefined>>;
  readonly sharers: ReadonlyMap<number, readonly number[]>;
  readonly answers: Answers;
  readonly watched: ReadonlyMap<number, readonly WatchedElsewhere[]>;
  /** As in the facts. */
  readonly usualProcessors: string;
  /** Whether a security module gives processes labels. */
  readonly labelled: boolean;
}

/** Looks at one process, and adds what is known of it. */
export function factsOf(task: Task, around: Surroundings): ProcessFacts {
  const { pid } = task;
  const { snapshot, mountsOf, rootOf, answers, stuck } = around;
  const {
    mappings,
    flags,
    lowestCode,
    changedCode = [],
  } = snapshot.memory.get(pid) ?? {
    mappings: [],
    flags: [],
  };
  const files = openFilesOf(pid, around);
  const deletedMappings = mappings
    .filter(hasLostItsName)
    .flatMap(mapping => readMappedFile(pid, mapping) ?? []);
  const gone = new Set(deletedMappings.map(one => one.path));
  const mounts = mountsOf(pid);
  const outside = rootOfMounts(pid, rootOf.get(pid) ?? pid, snapshot);
  return {
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
    breakpoints: changedCode.flatMap(mapping => readBreakpoints(pid, mapping)),
    mounts,
    threads: (around.threads.get(pid) ?? []).map(one => ({ ...one, stuck: stuck.has(one.tid) })),
    threadsApart: threadsApart(pid, around),
    settings: settingsOf(pid, around),
    watchedElsewhere: (around.watched.get(pid) ?? []).map(
      one => `fd ${one.epoll} watches what was fd ${one.watched}`,
    ),
    sealedMappings: answers.sealed.get(pid) ?? [],
    ioClass: answers.ioClass.get(pid) ?? 0,
    personality: readPersonality(pid),
    usualProcessors: around.usualProcessors,
    program: readProgram(pid) ?? '',
    programMount: readProgramMount(pid),
    // A zombie's links cannot be read, and it has no more children.
    childNamespaces: task.state === 'Z' ? [] : readChildNamespaces(pid, snapshot.namespaces.get(pid) ?? {}),
    protocols: around.protocols.get(pid) ?? new Map(),
    sharesMemoryWith: around.sharers.get(pid),
    ...labelOf(pid, around),
  };
}

/**
 * Reading its control groups in /proc is what CRIU does inside a root that a profile may keep from it: of each thread, and of no other process
 * (criu/pie/parasite.c, parasite_dump_cgroup(); criu/cr-dump.c, dump_task_core_all() and dump_task_threads()).
 */
function labelOf(
  pid: number,
  { labelled, rootOf, threads }: Surroundings,
): Pick<ProcessFacts, 'securityLabel' | 'keptFromRoot'> {
  const securityLabel = labelled ? readSecurityLabel(pid) : '';
  if (securityLabel === '' || rootOf.get(pid) !== pid) return { securityLabel, keptFromRoot: [] };
  const other = (threads.get(pid) ?? []).find(({ tid }) => tid !== pid)?.tid;
  const read = [
    '/proc/',
    `/proc/${pid}/cgroup`,
    ...(other === undefined ? [] : [`/proc/${pid}/task/${other}/cgroup`]),
  ];
  return { securityLabel, keptFromRoot: keptFromReading(securityLabel, read) };
}

function openFilesOf(pid: number, { snapshot, vanished }: Surroundings): readonly OpenFile[] {
  return (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd }) => {
    const key = slotKey({ pid, fd });
    return vanished.has(key) ? [] : withFlags(pid, snapshot.openFiles.get(key));
  });
}

/** The snapshot knows only for what a pipe is open, and of a socket nothing; their flags and lines decide, too. */
function withFlags(pid: number, file: OpenFile | undefined): readonly OpenFile[] {
  if (file === undefined) return [];
  if (!/^(pipe|socket):\[/.test(file.target)) return [file];
  const info = readFdInfo(pid, file.fd);
  return [{ ...file, flags: info?.flags ?? file.flags, lines: info?.lines ?? [] }];
}

function settingsOf(
  pid: number,
  { snapshot, answers }: Surroundings,
): ReadonlyMap<number, DescriptorSettings> {
  return new Map(
    (snapshot.descriptors.get(pid) ?? []).flatMap(({ fd }) => {
      const one = answers.settings.get(slotKey({ pid, fd }));
      return one === undefined ? [] : [[fd, one] as const];
    }),
  );
}

/** `files:12` and `folder:12` from kcmp, with the namespaces that only a thread is in. */
function threadsApart(pid: number, { snapshot, answers }: Surroundings): readonly string[] {
  const compared = answers.threadsApart.get(pid) ?? [];
  const tids = (snapshot.threads.get(pid) ?? []).filter(tid => tid !== pid);
  return [...compared, ...tids.flatMap(tid => readThreadApart(pid, tid).map(kind => `${kind}:${tid}`))];
}

/** In KiB; undefined where nothing limits it. */
function spaceLeft(pid: number, usedKiB: number | undefined): number | undefined {
  const limit = readAddressSpaceLimit(pid);
  return limit === undefined || usedKiB === undefined ? undefined : Math.floor(limit / 1024) - usedKiB;
}

/** How paths of memory begin that only looks like a deleted file. */
const NO_FILES = ['/memfd:', '/dev/zero', '/SYSV', '/anon_hugepage', '/[aio]', '/secretmem'];

/** Mapped files that must be carried along. */
function hasLostItsName({ path }: Mapping): boolean {
  return path.endsWith(' (deleted)') && !NO_FILES.some(start => path.startsWith(start));
}
