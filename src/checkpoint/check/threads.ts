import { setTimeout as sleep } from 'node:timers/promises';
import { readThread, type Snapshot, type Thread } from '../../host/proc/index.js';

/** How often, and how far apart, a thread that sleeps uninterruptibly is looked at again before it counts as stuck. */
const LOOKS = 5;
const PAUSE_MS = 50;

export interface SeenThread extends Thread {
  readonly pid: number;
}

/** The threads of all targets, by PID. Those that have ended meanwhile are left out. */
export function readThreads({ targets, threads }: Snapshot): ReadonlyMap<number, readonly SeenThread[]> {
  const threadsOf = (pid: number): readonly SeenThread[] =>
    (threads.get(pid) ?? []).flatMap(tid => {
      const thread = readThread(pid, tid);
      return thread === undefined ? [] : [{ pid, ...thread }];
    });
  return new Map(targets.map(pid => [pid, threadsOf(pid)]));
}

/**
 * Threads in state D at every look. Most are there for a moment only: where there is none, it costs nothing.
 * @returns their thread IDs
 */
export async function findStuckThreads(threads: readonly SeenThread[]): Promise<ReadonlySet<number>> {
  let stuck = threads.filter(thread => thread.state === 'D');
  for (let look = 1; look < LOOKS && stuck.length > 0; look++) {
    await sleep(PAUSE_MS);
    stuck = stuck.filter(({ pid, tid }) => readThread(pid, tid)?.state === 'D');
  }
  return new Set(stuck.map(({ tid }) => tid));
}
