import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { completeOrAbsent, withLock } from '../../scripts/toolbox/cache.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckpt-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a build that fails half-way leaves nothing, and the next one starts afresh', async () => {
  const path = join(folder, 'thing');
  const broken = completeOrAbsent(path, async temporary => {
    await writeFile(join(temporary, 'half'), '');
    throw new Error('disk gone');
  });
  await expect(broken).rejects.toThrow('disk gone');
  expect(await readdir(folder)).toEqual([]);
  await completeOrAbsent(path, temporary => writeFile(join(temporary, 'whole'), ''));
  expect(await readdir(path)).toEqual(['whole']);
});

test('what a killed build left is swept away by the next', async () => {
  await writeFile(join(folder, '.thing.abc123'), '');
  await writeFile(join(folder, '.other.abc123'), '');
  await completeOrAbsent(join(folder, 'thing'), async () => {});
  expect((await readdir(folder)).sort()).toEqual(['.other.abc123', 'thing']);
});

test('two at once build once', async () => {
  let builds = 0;
  const build = async (temporary: string) => {
    builds += 1;
    await writeFile(join(temporary, 'n'), String(builds));
  };
  const path = join(folder, 'thing');
  await Promise.all([completeOrAbsent(path, build), completeOrAbsent(path, build)]);
  expect(builds).toBe(1);
  expect(await readFile(join(path, 'n'), 'utf8')).toBe('1');
});

test('a lock whose process is gone is taken over; one that is held is waited for with a limit', async () => {
  const lock = join(folder, 'lock');
  await writeFile(lock, '4194305'); // one above the largest PID that Linux can give
  expect(await withLock(lock, 1, async () => 'done')).toBe('done');
  await writeFile(lock, String(process.pid));
  await expect(withLock(lock, 0, async () => 'done')).rejects.toThrow(/waited 0 s for process \d+/);
});

test('a stale lock that many find at once lets one in at a time', async () => {
  const lock = join(folder, 'lock');
  await writeFile(lock, '4194305 1');
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 12 }, () =>
      withLock(lock, 30, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise(resolve => setImmediate(resolve));
        inside -= 1;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('a lock whose PID is another process now is taken over', async () => {
  const lock = join(folder, 'lock');
  await writeFile(lock, `${process.pid} 1`);
  expect(await withLock(lock, 1, async () => 'done')).toBe('done');
});
