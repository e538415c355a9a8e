import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withPriorities } from '../../src/checkpoint/remember/real-time-priorities.js';
import type { Tree } from '../../src/image-format/neutral/index.js';

const proc = mkdtempSync(join(tmpdir(), 'ckpt-priorities-'));
afterAll(() => rmSync(proc, { recursive: true }));

/** Field 40 of stat is the priority, 41 the policy (proc_pid_stat(5)). */
for (const [tid, priority] of [
  [5, 7],
  [6, 9],
]) {
  const folder = join(proc, `5/task/${tid}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'stat'),
    `${tid} (a) b) S ${'0 '.repeat(18)}77 ${'0 '.repeat(17)}${priority} 1 0 0\n`,
  );
  writeFileSync(join(folder, 'status'), 'TracerPid:\t0\nCpus_allowed:\t3\n');
}

const treeOf = (root: number, ...threads: readonly object[]) =>
  ({ root, processes: [{ pid: 5, threads }] }) as unknown as Tree;
// SCHED_FIFO and SCHED_RR with SCHED_RESET_ON_FORK
const fifo = { tid: 5, policy: '#1073741825' };
const roundRobin = { tid: 6, policy: '#1073741826' };

test('a real-time thread without a priority gets that which it has', () => {
  expect(withPriorities(treeOf(5, fifo, roundRobin), proc)).toEqual(
    treeOf(5, { ...fifo, priority: 7 }, { ...roundRobin, priority: 9 }),
  );
});

test.each([
  ['that has one', treeOf(5, { ...fifo, priority: 3 })],
  ['of another policy', treeOf(5, { tid: 5, policy: 'other' })],
  ['in a PID namespace of its own', treeOf(1, fifo)],
])('a thread %s stays as it is', (_, tree) => {
  expect(withPriorities(tree, proc)).toBe(tree);
});

test('a thread that is gone stays without', () => {
  const gone = { tid: 99, policy: '#1073741825' };
  expect(withPriorities(treeOf(5, gone), proc)).toEqual(treeOf(5, gone));
});
