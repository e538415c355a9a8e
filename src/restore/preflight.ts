import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../errors.js';
import { descendants } from '../host/proc/family.js';
import { listTasks, readProcess } from '../host/proc/process.js';
import { unitHolding } from '../host/systemd/scope.js';

/** How long a zombie in the way is waited for, ms: PID 1 was seen to take seconds to reap an orphan. */
const ZOMBIE_PATIENCE = 10_000;

/** Until it is looked at again. */
const PAUSE_MS = 50;

/**
 * Makes sure that every number which the frozen tasks need is free: their PIDs and thread IDs, which share one number
 * space (clone3 set_tid fails with EEXIST otherwise). Throws `thaw-pid-taken` saying by whom, `thaw-pid-own` where it is a
 * thread of ours, or `thaw-pid-zombie`.
 */
export async function ensureNumbersFree(ids: readonly number[], patience = ZOMBIE_PATIENCE): Promise<void> {
  const until = performance.now() + patience;
  for (const id of ids) {
    for (;;) {
      const holder = readProcess(id);
      if (!holder) break;
      if (existsSync(`/proc/self/task/${id}`)) throw fail('thaw-pid-own', { pid: id });
      if (holder.state !== 'Z') {
        const command = holder.commandLine.join(' ').slice(0, 80) || holder.name;
        const unit = unitHolding(id);
        const of = unit === undefined ? '' : `, of ${unit}`;
        throw fail('thaw-pid-taken', { pid: id, name: holder.name, command: `${command}${of}` });
      }
      if (performance.now() > until) {
        const { name, parent } = holder;
        throw fail('thaw-pid-zombie', { pid: id, name, parent, seconds: Math.round(patience / 1000) });
      }
      await sleep(PAUSE_MS);
    }
  }
}

/**
 * The first process that is not there as it should be: the living alive, and of those that had ended a zombie, whose
 * status waits for the parent. undefined when all are there. `here` turns their numbers into those of this system.
 */
export function missingProcess(
  expected: { readonly living: readonly number[]; readonly ended?: readonly number[] },
  here: (pid: number) => number = pid => pid,
): number | undefined {
  const state = (pid: number): string | undefined => readProcess(here(pid))?.state;
  const gone: readonly (string | undefined)[] = [undefined, 'Z', 'X'];
  return (
    expected.living.find(pid => gone.includes(state(pid))) ??
    expected.ended?.find(pid => state(pid) === undefined)
  );
}

/**
 * From the numbers in a PID namespace to those of this system, for what descends from `root`, its first process; 0 for
 * a number that nobody there bears.
 */
export function numbersHere(root: number): (inner: number) => number {
  const members = descendants(root, listTasks());
  const level = (members[0]?.namespacePids.length ?? 1) - 1;
  const byInner = new Map(members.map(task => [task.namespacePids[level] ?? 0, task.pid]));
  return inner => byInner.get(inner) ?? 0;
}

/** From the numbers that a tree has in its document to those of this system. */
export type Numbering = (pid: number) => number;
