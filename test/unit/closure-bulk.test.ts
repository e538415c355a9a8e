import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readDescriptors, readFdInfo } from '../../src/host/proc/descriptors.js';
import { readAddressSpace, readCgroup, readNamespaces, readSharedMaps } from '../../src/host/proc/index.js';
import { readInBulk } from '../../src/host/proc/read-in-bulk.js';

/** Enough to be worth asking perl: one process, many times over, and one that is not there. */
const many = (pid: number): readonly number[] => [...Array.from({ length: 400 }, () => pid), 2 ** 22 + 1];

/** O_ACCMODE */
const ACCESS_MODE = 3;

/** Has a file of an odd name open and mapped, memory of its own to share, and both ends of a pipe. */
const PROGRAM = `
import mmap, os, sys, time
odd = open(sys.argv[1], 'w+b')
odd.truncate(8192)
maps = [mmap.mmap(odd.fileno(), 4096, offset=4096, prot=mmap.PROT_READ), mmap.mmap(-1, 4096)]
pipe = os.pipe()
print('ready', flush=True)
time.sleep(120)
`;

describe('thousands of processes', () => {
  let child: ChildProcess;
  const folder = mkdtempSync(join(tmpdir(), 'ckpt-bulk-'));
  beforeAll(async () => {
    const odd = join(folder, 'a\nb \\n');
    child = spawn('python3', ['-c', PROGRAM, odd], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise(resolve => child.stdout?.once('data', resolve));
  });
  afterAll(() => {
    child.kill();
    rmSync(folder, { recursive: true });
  });

  it('are read in bulk as they are one by one', async () => {
    const pid = child.pid ?? 0;
    for (const file of ['maps', 'query', 'smaps'] as const) {
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
    // No comparison was of nothing with nothing.
    const { mappings, flags } = readAddressSpace(pid);
    expect(mappings.some(one => one.path.includes('/python3'))).toBe(true);
    expect(flags.map(one => one.path)).toContain('[vdso]');
    expect(readSharedMaps(pid).map(one => one.path)).toEqual(
      expect.arrayContaining([join(folder, 'a\nb \\n'), '/dev/zero (deleted)']),
    );
  });

  it('are left to be read one by one where perl is missing, or where they are few', async () => {
    expect(await readInBulk([child.pid ?? 0], 'maps')).toBeUndefined();
    vi.stubEnv('PATH', '/nonexistent');
    const bulk = await readInBulk(many(child.pid ?? 0), 'maps');
    vi.unstubAllEnvs();
    expect(bulk?.size).toBe(0);
  });
});
