import { linkedInode, type Slot, type Snapshot, type Task } from '../../host/proc/index.js';
import { put } from '../../lists.js';
import type { TieEnd } from './tie.js';

/** A snapshot with the indexes that every finder needs, made once. */
export interface Look {
  readonly snapshot: Snapshot;
  readonly inside: ReadonlySet<number>;
  /** The tree (its root's PID) that each target belongs to. */
  readonly treeOf: ReadonlyMap<number, number>;
  /** Who holds each pipe and each socket, by inode. */
  readonly pipes: ReadonlyMap<number, readonly Slot[]>;
  readonly sockets: ReadonlyMap<number, readonly Slot[]>;
}

/** One pass over all descriptors. */
export function lookAt(snapshot: Snapshot): Look {
  const pipes = new Map<number, Slot[]>();
  const sockets = new Map<number, Slot[]>();
  for (const [pid, list] of snapshot.descriptors)
    for (const { fd, target } of list) {
      if (target.startsWith('pipe:')) put(pipes, linkedInode(target, 'pipe'), { pid, fd });
      else if (target.startsWith('socket:')) put(sockets, linkedInode(target, 'socket'), { pid, fd });
    }
  return { snapshot, inside: new Set(snapshot.targets), treeOf: trees(snapshot), pipes, sockets };
}

/** The slot that a key of `openFiles` stands for. */
export function slotOf(key: string): Slot {
  const [pid = 0, fd = 0] = key.split(':').map(Number);
  return { pid, fd };
}

export function processOf(look: Look, pid: number): Task | undefined {
  return look.snapshot.processes.get(pid);
}

/** An end held by a process. */
export function end(look: Look, pid: number, how: string): TieEnd {
  return { pid, name: processOf(look, pid)?.name ?? '?', how, inside: look.inside.has(pid) };
}

/** One end for each process, however many descriptors it holds the thing by. */
export function endsOfSlots(
  look: Look,
  slots: readonly Slot[],
  how: (slot: Slot) => string = () => '',
): readonly TieEnd[] {
  const byPid = new Map<number, string[]>();
  for (const slot of slots) {
    const verb = how(slot);
    put(byPid, slot.pid, `${verb === '' ? '' : `${verb} `}fd ${slot.fd}`);
  }
  return [...byPid].map(([pid, texts]) => end(look, pid, texts.join(', ')));
}

/** Whether something is held by a target at all, and by at least two processes. */
export function ties(look: Look, pids: readonly number[]): boolean {
  const first = pids[0];
  return pids.some(pid => look.inside.has(pid)) && pids.some(pid => pid !== first);
}

/** Whether a target holds something by one of these slots. */
export function anyInside(look: Look, slots: readonly Slot[]): boolean {
  return slots.some(slot => look.inside.has(slot.pid));
}

/** Whether ends belong to at least two: a pair within one process ties it to nobody. Nobody counts as another. */
export function ofSeveral(ends: readonly TieEnd[]): boolean {
  return new Set(ends.map(one => one.pid)).size > 1;
}

function trees(snapshot: Snapshot): ReadonlyMap<number, number> {
  const roots = new Set(snapshot.roots);
  const tree = new Map<number, number>();
  const rootOf = (pid: number): number => {
    const known = tree.get(pid);
    if (known !== undefined) return known;
    const parent = snapshot.processes.get(pid)?.parent;
    const root = roots.has(pid) || parent === undefined ? pid : rootOf(parent);
    tree.set(pid, root);
    return root;
  };
  for (const pid of snapshot.targets) rootOf(pid);
  return tree;
}
