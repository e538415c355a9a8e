import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../errors.js';
import { ancestors } from '../proc/family.js';
import { listPids, listTasks, readCommandLine, readStat, type Task } from '../proc/process.js';
import type { CriuRun } from './start.js';

/** How long what was killed may take to be gone, ms: the kernel gives back some gigabytes in a second. */
const LIMIT_MS = 300_000;
const PAUSE_MS = 20;

export interface HalfBuilt {
  /** The CRIU that was killed. */
  readonly run: CriuRun;
  /** A path that stands among its arguments, and those of what it started, as long as these have its memory. */
  readonly work: string;
  /** The numbers that it was to give, in this system's PID namespace. All were free before. */
  readonly ids: readonly number[];
  /** Of a tree with a PID namespace of its own, whose numbers here nobody knows: what its first process is called. */
  readonly init: string | undefined;
}

/**
 * Ends what a CRIU that was killed in a restore leaves behind: processes half built, which wait for it for ever, hear no
 * SIGTERM, and have the numbers that the next try needs. Throws `timed-out` where one does not go.
 */
export async function endHalfBuilt(what: HalfBuilt): Promise<void> {
  const left = leftOf(what);
  for (const pid of left) kill(pid);
  const deadline = performance.now() + LIMIT_MS;
  while (left.some(isThere)) {
    if (performance.now() > deadline)
      throw fail('timed-out', { what: 'the half-built processes to end', seconds: LIMIT_MS / 1000 });
    await sleep(PAUSE_MS);
  }
}

function leftOf({ run, work, ids, init }: HalfBuilt): readonly number[] {
  if (run.startTime === 0) return [];
  const forked = listPids().filter(pid => readCommandLine(pid).some(word => word.startsWith(work)));
  const all = listTasks();
  const tasks = new Map(all.map(task => [task.pid, task]));
  // Without their CRIU they belong to each other, and to whoever takes in orphans: PID 1, or somebody above us.
  const parents = new Set([1, ...ids, ...ancestors(process.pid, tasks).map(({ pid }) => pid)]);
  const numbered = new Set(ids);
  const depth = tasks.get(process.pid)?.namespacePids.length ?? 1;
  const isInit = ({ name, namespacePids }: Task): boolean =>
    name === init && namespacePids.length > depth && namespacePids.at(-1) === 1;
  const orphans = all.filter(task => task.startTime >= run.startTime && parents.has(task.parent));
  const left = orphans.filter(task => numbered.has(task.pid) || isInit(task)).map(({ pid }) => pid);
  return [...new Set([...forked, ...left])];
}

/** One that has ended, and whose parent has not asked after it, still has its number. */
function isThere(pid: number): boolean {
  return readStat(pid) !== undefined;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
