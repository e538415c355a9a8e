import { setTimeout as sleep } from 'node:timers/promises';
import { PROC } from '../../host/proc/files.js';
import { readFdInfo } from '../../host/proc/index.js';
import type { Tree } from '../../image-format/neutral/index.js';

/** How often a timer is looked at, and the pause between two looks, ms. */
const LOOKS = 3;
const PAUSE = 10;

/**
 * Periodic timerfds that were due just when CRIU read them: from then until the kernel has noticed, which takes the
 * processor of a virtual machine a while sometimes, no time is left and nothing has expired (fs/timerfd.c,
 * timerfd_show()), and CRIU would bring them back disarmed. One that is disarmed, but kept an interval, reads the same, and
 * goes on doing so. To be asked while the tree stands still. None of a tree in a PID namespace of its own, whose numbers are
 * others here.
 * @returns the numbers of the open files in the document
 */
export async function dueTimers(tree: Tree, proc = PROC): Promise<readonly number[]> {
  const doubtful =
    tree.root === 1 ? new Set<string>() : new Set(tree.openFiles.filter(isDoubtful).map(({ id }) => id));
  if (doubtful.size === 0) return [];
  const tables = new Map(tree.descriptorTables.map(table => [table.id, table.entries]));
  const places = tree.processes.flatMap(({ pid, descriptors = '' }) =>
    (tables.get(descriptors) ?? [])
      .filter(({ refersTo }) => doubtful.has(refersTo))
      .map(({ number, refersTo }) => ({ pid, number, file: refersTo })),
  );
  const due = new Set<string>();
  for (let look = 1; look <= LOOKS && due.size < doubtful.size; look++) {
    if (look > 1) await sleep(PAUSE);
    for (const { pid, number, file } of places) if (ticks(pid, number, proc)) due.add(file);
  }
  return [...due].map(id => Number(id.slice('file-'.length)));
}

function isDoubtful(file: Tree['openFiles'][number]): boolean {
  if (file.kind !== 'timerfd') return false;
  const { expirations, remaining, interval } = file;
  const none = (time: typeof remaining): boolean => time.seconds === '0' && time.nanoseconds === '0';
  return expirations === '0' && none(remaining) && !none(interval);
}

function ticks(pid: number, descriptor: number, proc: string): boolean {
  const lines = new Map(readFdInfo(pid, descriptor, proc)?.lines ?? []);
  const left = lines.get('it_value') ?? '(0, 0)';
  return (lines.get('ticks') ?? '0') !== '0' || left !== '(0, 0)';
}
