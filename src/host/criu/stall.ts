import { setTimeout as sleep } from 'node:timers/promises';
import { readPiece, readText } from '../proc/files.js';
import type { CriuExit, CriuRun } from './start.js';

/** Milliseconds between two looks at whether CRIU does anything. */
const INTERVAL = 500;

/** How long a CRIU that is told to undo its work may do nothing at all before it is ended, ms. */
export const UNDO_PATIENCE = 60_000;

/** The PIDs below a process, parents first. Empty where the kernel does not list children (CONFIG_PROC_CHILDREN). */
export function below(pid: number): number[] {
  const found = [pid];
  for (let at = 0; at < found.length; at += 1) {
    const children = readText(`/proc/${found[at]}/task/${found[at]}/children`) ?? '';
    found.push(...children.split(' ').filter(Boolean).map(Number));
  }
  return found.slice(1);
}

/**
 * What a process and those below it have done so far, as a text that changes whenever they do something: processor
 * time (fields 14 to 17 of proc_pid_stat(5)) and bytes read and written.
 */
function doings(pid: number): string {
  return [pid, ...below(pid)]
    .map(one => {
      const stat = readPiece(`/proc/${one}/stat`) ?? '';
      const times = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 15);
      return `${one} ${times.join(' ')} ${readText(`/proc/${one}/io`) ?? ''}`;
    })
    .join('\n');
}

/**
 * Resolves once a running CRIU, and all below it, have done nothing at all for `patience` ms. There is no limit to
 * how long it may work: that depends on the memory. Time in which nobody looked, as this process stood still itself (a control
 * group, or a machine, that was paused), counts for none. Never resolves after `over` was aborted.
 */
export async function stalled(pid: number, patience: number, over: AbortSignal): Promise<void> {
  let before = '';
  let idle = 0;
  while (!over.aborted) {
    const began = performance.now();
    await sleep(INTERVAL, undefined, { signal: over, ref: false }).catch(() => undefined);
    const now = doings(pid);
    if (now !== before) {
      before = now;
      idle = 0;
    } else idle += Math.min(performance.now() - began, 2 * INTERVAL);
    if (idle > patience) return;
  }
  await new Promise(() => {});
}

/** Waits for the end of a CRIU; resolves to undefined if it does nothing for `patience` ms before that. */
export async function endOrStall(run: CriuRun, patience: number): Promise<CriuExit | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([run.exit, stalled(run.pid, patience, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

/**
 * Ends a CRIU that hangs, with what it started: its hook, or tasks that it was rebuilding. A tree that it had stopped
 * runs on: the kernel lets go of the tasks of a tracer that ends (ptrace(2)), and CRIU's code in them leaves when its
 * socket closes (compel/plugins/std/infect.c).
 */
export function endHung(run: CriuRun): void {
  for (const pid of [run.pid, ...below(run.pid)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}
