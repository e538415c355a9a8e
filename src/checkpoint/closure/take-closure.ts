import { ancestors, listTasks, takeSnapshot } from '../../host/proc/index.js';
import { findClosure, processesToAdd } from './find-closure.js';
import type { Closure } from './tie.js';

/** Looks at the machine and finds the ties of these processes and their descendants. */
export async function takeClosure(pids: readonly number[]): Promise<Closure> {
  return findClosure(await takeSnapshot(pids));
}

/**
 * Grows the targets until no tie that can be followed crosses (`--with-ties`). Each round looks again, so processes
 * that start meanwhile are seen. Ends when nothing new is found, or after `rounds`, with what crosses still in the
 * ties. Whoever this ckpt runs below is left out: it could not be frozen from here.
 */
export async function growClosure(pids: readonly number[], rounds = 10): Promise<Closure> {
  return (await grow(pids, rounds)).closure;
}

/** As `growClosure`: the roots of what it ends with, and each one that was not there before, with the tie behind it. */
export async function growTargets(pids: readonly number[], rounds = 10) {
  const { closure, reasons } = await grow(pids, rounds);
  const given = new Set(pids);
  const tasks = new Map(listTasks().map(task => [task.pid, task]));
  return {
    roots: closure.roots,
    added: closure.roots
      .filter(root => !given.has(root))
      .map(root => ({
        pid: root,
        name: tasks.get(root)?.name ?? '?',
        tie: reasons.get(root) ?? 'a process below it',
      })),
  };
}

async function grow(pids: readonly number[], rounds: number) {
  const tasks = new Map(listTasks().map(task => [task.pid, task]));
  const above = new Set(ancestors(process.pid, tasks).map(task => task.pid));
  const reasons = new Map<number, string>();
  let wanted = pids;
  for (let round = 1; ; round++) {
    const closure = await takeClosure(wanted);
    const more = processesToAdd(closure).filter(({ pid }) => !above.has(pid));
    if (more.length === 0 || round >= rounds) return { closure, reasons };
    for (const { pid, tie } of more) reasons.set(pid, tie);
    wanted = [...wanted, ...more.map(({ pid }) => pid)];
  }
}
