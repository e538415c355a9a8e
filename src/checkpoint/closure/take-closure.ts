import { takeSnapshot } from '../../host/proc/index.js';
import { findClosure, processesToAdd } from './find-closure.js';
import type { Closure } from './tie.js';

/** Looks at the machine and finds the ties of these processes and their descendants. */
export async function takeClosure(pids: readonly number[]): Promise<Closure> {
  return findClosure(await takeSnapshot(pids));
}

/**
 * Grows the targets until no tie that can be followed crosses (`--with-ties`). Each round looks again, so processes
 * that start meanwhile are seen. Ends when nothing new is found, or after `rounds`, with what crosses still in the
 * ties.
 */
export async function growClosure(pids: readonly number[], rounds = 10): Promise<Closure> {
  let wanted = pids;
  for (let round = 1; ; round++) {
    const closure = await takeClosure(wanted);
    const more = processesToAdd(closure);
    if (more.length === 0 || round >= rounds) return closure;
    wanted = [...wanted, ...more];
  }
}
