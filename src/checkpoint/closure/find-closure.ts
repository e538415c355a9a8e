import type { Snapshot } from '../../host/proc/index.js';
import { type Look, lookAt } from './look.js';
import { type Closure, isUnasked, type Tie } from './tie.js';
import { findParents, findSessionsAndGroups } from './ties/family.js';
import { findInetSockets } from './ties/inet-sockets.js';
import { findPosixQueues, findSysvObjects } from './ties/ipc.js';
import { findSharedMemory } from './ties/memory.js';
import { findPidfds, findTraces } from './ties/observers.js';
import { findContendedLocks, findSharedFiles } from './ties/open-files.js';
import { findPipesAndFifos } from './ties/pipes.js';
import { findCgroups, findNamespaces } from './ties/places.js';
import { findTerminals } from './ties/terminals.js';
import { findSharedSockets, findUnixSockets } from './ties/unix-sockets.js';
import { findWrittenFiles } from './ties/written-files.js';

const FINDERS: readonly ((look: Look) => readonly Tie[])[] = [
  findParents,
  findSessionsAndGroups,
  findTerminals,
  findPipesAndFifos,
  findUnixSockets,
  findInetSockets,
  findSharedSockets,
  findSharedMemory,
  findSysvObjects,
  findPosixQueues,
  findSharedFiles,
  findContendedLocks,
  findWrittenFiles,
  findPidfds,
  findTraces,
  findNamespaces,
  findCgroups,
];

/** Every tie that a target of the snapshot has. Pure, and linear in what the snapshot holds. */
export function findClosure(snapshot: Snapshot): Closure {
  const look = lookAt(snapshot);
  return {
    roots: snapshot.roots,
    members: snapshot.targets,
    ties: FINDERS.flatMap(find => find(look)),
    unknown: snapshot.unknown,
  };
}

/**
 * Processes that would have to be frozen as well so that nothing crosses, each with the name of the tie that says so:
 * whoever holds an end, and the common ancestor of two trees that only as one can keep what is between them. PID 1 is
 * never among them.
 */
export function processesToAdd(closure: Closure): readonly { readonly pid: number; readonly tie: string }[] {
  const members = new Set(closure.members);
  const missing = new Map<number, string>();
  for (const tie of closure.ties) {
    if (tie.standing === 'inside' || isUnasked(tie) || PASSED_BY.has(tie.kind)) continue;
    const ends = tie.ends.flatMap(end => end.pid ?? []);
    for (const pid of [...ends, ...(tie.ancestor === undefined ? [] : [tie.ancestor])])
      if (pid > 1 && !members.has(pid) && !missing.has(pid)) missing.set(pid, tie.name);
  }
  return [...missing].map(([pid, tie]) => ({ pid, tie })).sort((a, b) => a.pid - b.pid);
}

/** Kinds that --with-ties does not follow: who merely lives in the same place, is far away, or only waits for its child. */
const PASSED_BY = new Set<Tie['kind']>(['parent', 'udp', 'remote', 'trace', 'namespace', 'cgroup']);
