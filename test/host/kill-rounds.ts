/** What the kill tests share: moments spread over a run, and the wait until nobody works in the store any more. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { running, type StartedCkpt, until } from './support.js';

/** The long form runs at night: CKPT_NIGHTLY=1. */
export const nightly = process.env.CKPT_NIGHTLY === '1';
/** How often all moments are tried. */
export const ROUNDS = nightly ? 20 : 1;
export const MOMENTS = 10;

/** Random moments in ms, one in each tenth of the duration, so that every stage is met and no run is like another. */
export function moments(duration: number): number[] {
  return Array.from({ length: MOMENTS }, (_, at) => ((at + Math.random()) / MOMENTS) * duration);
}

/** Milliseconds that the work takes. */
export async function measure(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Sends a signal after so many ms, to the process or (a Ctrl-C) its whole group, and waits until CRIU has ended, too. */
export async function strike(
  run: StartedCkpt,
  after: number,
  signal: 'SIGKILL' | 'SIGINT',
  store: string,
): Promise<void> {
  await Promise.race([sleep(after), run.ended]);
  try {
    process.kill(signal === 'SIGINT' ? -run.pid : run.pid, signal);
  } catch {
    // It was faster and has ended.
  }
  await run.ended;
  await until('CRIU and its hook to end', () => running(store).length === 0, 60_000);
}
