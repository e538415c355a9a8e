import type { Snapshot } from '../../host/proc/index.js';
import { put } from '../../lists.js';
import type { Closure, Tie } from '../closure/index.js';

/** The processes of each tree, by the PID of its root. */
export function membersByRoot(snapshot: Snapshot): ReadonlyMap<number, readonly number[]> {
  const roots = new Set(snapshot.roots);
  const members = new Map<number, number[]>();
  for (const pid of snapshot.targets) {
    let top = pid;
    while (!roots.has(top)) top = snapshot.processes.get(top)?.parent ?? top;
    put(members, top, pid);
  }
  return members;
}

/** The ties that each tree holds an end of; with hundreds of trees, asking each about each tie takes seconds. */
export function tiesByRoot(
  closure: Closure,
  members: ReadonlyMap<number, readonly number[]>,
): ReadonlyMap<number, readonly Tie[]> {
  const rootOf = new Map([...members].flatMap(([root, pids]) => pids.map(pid => [pid, root] as const)));
  const ties = new Map<number, Tie[]>();
  for (const tie of closure.ties)
    for (const root of new Set(tie.ends.flatMap(end => rootOf.get(end.pid ?? 0) ?? []))) put(ties, root, tie);
  return ties;
}
