import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAddressSpace, readNamespaces, readProgram, readSharedMaps } from '../../src/host/proc/index.js';
import { readInBulk } from '../../src/host/proc/read-in-bulk.js';

/** Enough to be worth asking perl: one process, many times over, and one that is not there. */
const many = (pid: number): readonly number[] => [...Array.from({ length: 400 }, () => pid), 2 ** 22 + 1];

describe('thousands of processes', () => {
  let child: ChildProcess;
  beforeAll(async () => {
    child = spawn('sleep', ['120'], { stdio: 'ignore' });
    // Until then it is a copy of this program.
    for (let at = 0; at < 200 && !readProgram(child.pid ?? 0)?.endsWith('/sleep'); at++) await sleep(10);
    await sleep(100);
  });
  afterAll(() => child.kill());

  it('are read in bulk as they are one by one', async () => {
    const pid = child.pid ?? 0;
    for (const file of ['maps', 'smaps'] as const) {
      const bulk = await readInBulk(many(pid), file);
      expect([...(bulk?.keys() ?? [])]).toEqual([pid]);
      expect(bulk?.get(pid)?.namespaces).toEqual(readNamespaces(pid));
      const alone = file === 'smaps' ? readAddressSpace(pid) : { mappings: readSharedMaps(pid), flags: [] };
      expect(bulk?.get(pid)?.memory).toEqual(alone);
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
