import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readDescriptors, readFdInfo } from '../../src/host/proc/descriptors.js';
import {
  readAddressSpace,
  readCgroup,
  readNamespaces,
  readProgram,
  readSharedMaps,
} from '../../src/host/proc/index.js';
import { readInBulk } from '../../src/host/proc/read-in-bulk.js';

/** Enough to be worth asking perl: one process, many times over, and one that is not there. */
const many = (pid: number): readonly number[] => [...Array.from({ length: 400 }, () => pid), 2 ** 22 + 1];

/** O_ACCMODE */
const ACCESS_MODE = 3;

describe('thousands of processes', () => {
  let child: ChildProcess;
  const folder = mkdtempSync(join(tmpdir(), 'ckpt-bulk-'));
  beforeAll(async () => {
    const odd = openSync(join(folder, 'a\nb \\n'), 'w');
    // $^F: up to that number descriptors are kept across exec.
    const script = '$^F = 9; pipe(my $r, my $w); exec "sleep", "120"';
    child = spawn('perl', ['-e', script], { stdio: ['ignore', odd, 'ignore'] });
    closeSync(odd);
    // Until then it is a copy of this program.
    for (let at = 0; at < 200 && !readProgram(child.pid ?? 0)?.endsWith('/sleep'); at++) await sleep(10);
    await sleep(100);
  });
  afterAll(() => {
    child.kill();
    rmSync(folder, { recursive: true });
  });

  it('are read in bulk as they are one by one', async () => {
    const pid = child.pid ?? 0;
    for (const file of ['maps', 'smaps'] as const) {
      const bulk = await readInBulk(many(pid), file);
      expect([...(bulk?.keys() ?? [])]).toEqual([pid]);
      expect(bulk?.get(pid)?.namespaces).toEqual(readNamespaces(pid));
      const alone = file === 'smaps' ? readAddressSpace(pid) : { mappings: readSharedMaps(pid), flags: [] };
      expect(bulk?.get(pid)?.memory).toEqual(alone);
      expect(bulk?.get(pid)?.cgroup).toEqual(readCgroup(pid));
      const descriptors = bulk?.get(pid)?.descriptors ?? [];
      expect(descriptors.map(({ fd, target }) => ({ fd, target }))).toEqual(readDescriptors(pid));
      const pipes = descriptors.filter(({ target }) => target.startsWith('pipe:'));
      const asked = file === 'smaps' ? -1 : ACCESS_MODE;
      expect(pipes.map(one => one.pipeFlags)).toEqual(
        pipes.map(({ fd }) => (readFdInfo(pid, fd)?.flags ?? 0) & asked),
      );
      expect(new Set(pipes.map(one => (one.pipeFlags ?? -1) & ACCESS_MODE))).toEqual(new Set([0, 1]));
      expect(descriptors.filter(one => !pipes.includes(one)).map(one => one.pipeFlags)).toEqual(
        descriptors.filter(one => !pipes.includes(one)).map(() => undefined),
      );
    }
    // Neither comparison was of nothing with nothing.
    const { mappings, flags } = readAddressSpace(pid);
    expect(mappings.some(one => one.path.endsWith('/sleep'))).toBe(true);
    expect(flags.map(one => one.path)).toContain('[vdso]');
  });

  it('are left to be read one by one where perl is missing, or where they are few', async () => {
    expect(await readInBulk([child.pid ?? 0], 'maps')).toBeUndefined();
    vi.stubEnv('PATH', '/nonexistent');
    const bulk = await readInBulk(many(child.pid ?? 0), 'maps');
    vi.unstubAllEnvs();
    expect(bulk?.size).toBe(0);
  });
});
