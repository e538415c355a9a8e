import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manner } from '../../src/image-format/bundle/chunk-lane.js';
import { CHUNK, digestBytes, digestFile, FileDigest } from '../../src/image-format/bundle/digest.js';

/** Bytes in which no two chunks are alike. */
function bytes(length: number): Buffer {
  const made = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4096) made.writeUInt32LE(at / 4096, at);
  return made;
}

/** Threads of this process with the highest niceness: field 19 of proc_pid_stat(5), the 17th behind the name. */
function niceThreads(): number {
  return readdirSync('/proc/self/task').filter(tid => {
    const stat = readFileSync(`/proc/self/task/${tid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16] === '19';
  }).length;
}

describe('digests of files', () => {
  let folder = '';
  let path = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ckpt-digest-'));
    path = join(folder, 'pages-1.img');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['empty', 0],
    ['shorter than a chunk', 12_345],
    ['a chunk exactly', CHUNK],
    ['some chunks and a piece', 3 * CHUNK + 1],
    ['large enough for threads', 17 * CHUNK + 4096],
  ])('are those of the same bytes in memory: %s', async (_, length) => {
    const data = bytes(length);
    await writeFile(path, data);
    expect(await digestFile(path, length, 2)).toBe(digestBytes(data));
  });

  it('can be made while the file grows and is renamed', async () => {
    const data = bytes(20 * CHUNK + 5);
    await writeFile(path, data.subarray(0, 2 * CHUNK + 1));
    const digest = new FileDigest(path);
    expect(await digest.advance(digest.size(), 1, 4)).toBe(2);
    await appendFile(path, data.subarray(2 * CHUNK + 1));
    await rename(path, `${path}.moved`);
    expect(await digest.advance(digest.size(), 1, 4)).toBe(4);
    digest.sync(data.length);
    expect(digest.left(data.length)).toBe(14 * CHUNK + 5);
    expect(await digest.finish(data.length, 2)).toBe(digestBytes(data));
    await digest.synced();
  });

  it('are made by threads that leave the processors to others, as long as they are asked to', async () => {
    const length = 17 * CHUNK;
    await writeFile(path, bytes(length));
    let manner: Manner = 'yielding';
    const digest = new FileDigest(path, () => manner);
    await digest.advance(length, 2, 4);
    expect(niceThreads()).toBeGreaterThan(0);
    manner = 'equal';
    await digest.finish(length, 2);
    // Only a privileged thread may take its niceness back.
    if (process.getuid?.() === 0) expect(niceThreads()).toBe(0);
  });

  it.each([
    ['small', 2 * CHUNK],
    ['large', 17 * CHUNK],
  ])('fail for a file that ends early: %s', async (_, length) => {
    await writeFile(path, bytes(length));
    await truncate(path, length - 1);
    await expect(digestFile(path, length, 2)).rejects.toThrow(/ends at \d+, 1 bytes early/);
  });
});
