import { fail } from '../../errors.js';
import { ancestors, descendants, livingLeader } from '../../host/proc/family.js';
import type { Task } from '../../host/proc/process.js';
import { eachTogether } from '../../together.js';
import { aboutLeader } from '../closure/leader-outside.js';
import { keysToDetach } from '../closure/viewers.js';

/** What has to be known of a process to judge it as a target. */
export type Candidate = Pick<
  Task,
  'pid' | 'name' | 'parent' | 'session' | 'terminal' | 'state' | 'kernelThread'
>;

/** A tree to freeze: its root, and every process below it at the time of looking. */
export interface TargetTree {
  readonly root: Candidate;
  readonly processes: readonly Candidate[];
  /** The leader of its session has ended, as that of a daemon has that forked twice: a thaw gives it another session. */
  readonly leaderless: boolean;
}

/**
 * Turns PIDs into trees. Pure. Throws a `target-*` failure for what can never be frozen: a PID that is not there, a
 * thread's, a kernel thread's, init's, that of `ckpt` or of one of its parents, a zombie's, two of one tree, and a
 * tree whose session leader is alive and outside it (CRIU can only restore a session with its leader: criu/pstree.c).
 */
export function resolveTargets(
  pids: readonly number[],
  processes: readonly Candidate[],
  options: { readonly self: number; readonly shellJob: (root: number) => boolean },
): readonly TargetTree[] {
  const byPid = new Map(processes.map(process => [process.pid, process]));
  const above = new Set(ancestors(options.self, byPid).map(process => process.pid));
  const trees = eachTogether([...new Set(pids)], pid => {
    const root = byPid.get(pid);
    if (!root) throw fail('target-missing', { pid });
    refuseUnfreezable(root, options.self, above);
    const below = descendants(pid, processes);
    return { root, processes: below, leaderless: isLeaderless(root, below, byPid) };
  });
  refuseNested(
    trees.map(({ root }) => root.pid),
    processes,
  );
  for (const tree of trees) refuseForeignSession(tree, byPid, options.shellJob(tree.root.pid));
  return trees;
}

function refuseUnfreezable(root: Candidate, self: number, above: ReadonlySet<number>): void {
  const facts = { pid: root.pid, name: root.name };
  if (root.pid === 1) throw fail('target-init', facts);
  if (root.kernelThread) throw fail('target-kernel-thread', facts);
  if (root.state === 'Z' && root.parent === 1) throw fail('target-zombie-of-init', facts);
  if (root.state === 'Z') throw fail('target-zombie', { ...facts, parent: root.parent });
  if (root.pid === self) throw fail('target-self', facts);
  if (above.has(root.pid)) throw fail('target-ancestor', { ...facts, help: fromElsewhere(root) });
}

/** A tmux that somebody looks at cannot be frozen from anywhere. */
function fromElsewhere(root: Candidate): string {
  const keys = keysToDetach(root);
  return keys === undefined
    ? `run ckpt from somewhere else: another login, or: systemd-run ckpt freeze ${root.pid}`
    : `detach it (${keys}), and type the command in the shell where you come out`;
}

/** Throws `target-nested` where one of the roots is below another: it would be frozen twice. Pure. */
export function refuseNested(roots: readonly number[], processes: readonly Candidate[]): void {
  const byPid = new Map(processes.map(process => [process.pid, process]));
  for (const inner of roots) {
    const outer = ancestors(inner, byPid).find(({ pid }) => roots.includes(pid))?.pid;
    if (outer !== undefined) throw fail('target-nested', { inner, outer });
  }
}

/** In such a session there is no terminal, and nobody who could be given one: nothing but its number tells it from another. */
function isLeaderless(
  { session }: Candidate,
  tree: readonly Candidate[],
  byPid: ReadonlyMap<number, Candidate>,
): boolean {
  // Session 0 was begun outside of this PID namespace.
  if (session === 0 || livingLeader(session, byPid) !== undefined) return false;
  return tree.every(one => one.session === session || tree.some(other => other.pid === one.session));
}

function refuseForeignSession(
  tree: TargetTree,
  byPid: ReadonlyMap<number, Candidate>,
  shellJob: boolean,
): void {
  const inside = new Set(tree.processes.map(process => process.pid));
  const foreign = tree.processes.find(process => !inside.has(process.session));
  if (!foreign || shellJob || tree.leaderless) return;
  const { pid, name, session } = foreign;
  const leader = livingLeader(session, byPid);
  if (leader === undefined) throw fail('target-lost-session', { pid, name, session });
  const help = aboutLeader(leader, byPid);
  throw fail('target-foreign-session', {
    ...{ pid, name, session, help },
    leader: `${leader.name} (PID ${leader.pid})`,
  });
}
