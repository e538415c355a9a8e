/** Who descends from whom. Pure: works on any list of processes. */
import { put } from '../../lists.js';

export interface Kin {
  readonly pid: number;
  readonly parent: number;
}

/** Children by parent PID, in the order given. */
export function childrenByParent<T extends Kin>(processes: Iterable<T>): ReadonlyMap<number, readonly T[]> {
  const children = new Map<number, T[]>();
  for (const process of processes) put(children, process.parent, process);
  return children;
}

/** A process and all its descendants, parents before children; empty when the root is not in the list. */
export function descendants<T extends Kin>(root: number, processes: readonly T[]): readonly T[] {
  const start = processes.find(p => p.pid === root);
  if (start === undefined) return [];
  const children = childrenByParent(processes);
  const found: T[] = [start];
  const seen = new Set([root]);
  // `found` grows while it is walked: each entry brings its children in behind it.
  for (const process of found) {
    for (const child of children.get(process.pid) ?? []) {
      if (!seen.has(child.pid)) {
        seen.add(child.pid);
        found.push(child);
      }
    }
  }
  return found;
}

/** The chain of parents, nearest first, up to the last one in the list. */
export function ancestors<T extends Kin>(pid: number, processes: ReadonlyMap<number, T>): readonly T[] {
  const chain: T[] = [];
  const seen = new Set([pid]);
  let next = processes.get(pid)?.parent;
  while (next !== undefined && next !== 0 && !seen.has(next)) {
    const parent = processes.get(next);
    if (parent === undefined) break;
    seen.add(next);
    chain.push(parent);
    next = parent.parent;
  }
  return chain;
}

/** The nearest process that all the given ones are, or descend from; undefined when there is none. */
export function commonAncestor<T extends Kin>(
  pids: readonly number[],
  processes: ReadonlyMap<number, T>,
): T | undefined {
  const lines = pids.map(pid => [processes.get(pid), ...ancestors(pid, processes)]);
  const [first, ...others] = lines;
  return first?.find(one => one !== undefined && others.every(line => line.includes(one)));
}

/** The leader of a session, as long as it lives: one that has ended and is still waited for leads nobody. */
export function livingLeader<Member extends { readonly state: string }>(
  session: number,
  processes: ReadonlyMap<number, Member>,
): Member | undefined {
  const leader = processes.get(session);
  return leader?.state === 'Z' ? undefined : leader;
}
