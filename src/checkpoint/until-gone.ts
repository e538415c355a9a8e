import { setTimeout as sleep } from 'node:timers/promises';
import { readStat } from '../host/proc/process.js';

/** Milliseconds between two looks at processes that are ending. */
const INTERVAL = 5;

/**
 * Waits until processes that were killed are no more. CRIU sends SIGKILL to what it dumped and does not wait for the
 * effect (criu/seize.c, `unseize_task_and_threads`); giving gigabytes of memory back takes the kernel a while, in which
 * ports and locks are still held. A zombie is gone: it holds nothing, and only its parent can take it away.
 * @param patience longest wait, ms
 * @returns the PIDs that are still there after that
 */
export async function untilGone(pids: readonly number[], patience: number): Promise<readonly number[]> {
  const end = performance.now() + patience;
  let left = pids.filter(isThere);
  while (left.length > 0 && performance.now() < end) {
    await sleep(INTERVAL);
    left = left.filter(isThere);
  }
  return left;
}

function isThere(pid: number): boolean {
  const state = readStat(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}
