import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { missingProcess } from '../../src/restore/preflight.js';

/** Has a child that has ended, and that it never asks after. */
const mother = spawn('perl', ['-e', '$| = 1; my $pid = fork or exit; print "$pid\\n"; sleep 60'], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
afterAll(() => {
  mother.kill('SIGKILL');
});

const living = process.pid;
let zombie = 0;
beforeAll(async () => {
  const [said] = await once(mother.stdout, 'data');
  zombie = Number(said);
  await vi.waitUntil(() => / Z /.test(readFileSync(`/proc/${zombie}/stat`, 'utf8')), { timeout: 10_000 });
});

test('one that lives is no more there as a zombie', () => {
  expect(missingProcess({ living: [living] })).toBeUndefined();
  expect(missingProcess({ living: [living, zombie] })).toBe(zombie);
});

test('one that had ended is there as a zombie, whose status waits for the parent', () => {
  expect(missingProcess({ living: [living], ended: [zombie] })).toBeUndefined();
  // No process has it (PID_MAX_LIMIT).
  const nobody = 4_194_305;
  expect(missingProcess({ living: [living], ended: [zombie, nobody] })).toBe(nobody);
  expect(missingProcess({ living: [nobody], ended: [nobody] })).toBe(nobody);
});

test('numbers of a PID namespace are looked for as this system has them', () => {
  expect(missingProcess({ living: [1], ended: [2] }, pid => (pid === 1 ? living : zombie))).toBeUndefined();
  expect(missingProcess({ living: [1] }, () => 0)).toBe(1);
});
