import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sweepStore, sweepUnpacked } from '../../src/checkpoint/sweep-store.js';
import { workOwner } from '../../src/host/work-owner.js';
import { makeWorkDirectory, UNPACKED, workDirectories } from '../../src/image-format/bundle/store.js';
import { folder } from './bundle-support.js';

/** The owner that a process of this boot and namespace had, which has ended since. */
async function deadOwner(): Promise<string> {
  const child = spawn('true');
  await once(child, 'exit');
  const [boot, namespace] = workOwner().split('-');
  return `${boot}-${namespace}-${child.pid}-1`;
}

describe('what unfinished runs left in the store', () => {
  it('goes when its owner is dead, and the rest of the store stays', async () => {
    const store = await folder();
    await makeWorkDirectory(store, await deadOwner());
    await mkdir(join(store, 'a'));
    await mkdir(join(store, '.logs'));
    expect(await sweepStore(store)).toBe(1);
    expect(readdirSync(store).sort()).toEqual(['.logs', 'a']);
  });

  it('goes when its owner has the same PID, but was another process or lived in another boot', async () => {
    const store = await folder();
    const [boot, namespace, pid, startTime] = workOwner().split('-');
    await makeWorkDirectory(store, `${boot}-${namespace}-${pid}-${Number(startTime) + 1}`);
    await makeWorkDirectory(store, `00000000-${namespace}-${pid}-${startTime}`);
    expect(await sweepStore(store)).toBe(2);
  });

  it('stays while its owner lives, or cannot be judged from here', async () => {
    const store = await folder();
    const [boot, , pid] = (await deadOwner()).split('-');
    await makeWorkDirectory(store, workOwner());
    await makeWorkDirectory(store, `${boot}-1-${pid}-1`);
    await mkdir(join(store, '.work-of-another-kind'));
    expect(await sweepStore(store)).toBe(0);
    expect(await workDirectories(store)).toHaveLength(3);
  });

  it('goes where files are unpacked to be looked into, but nothing of anybody else', async () => {
    const place = await folder();
    await makeWorkDirectory(place, await deadOwner());
    const { path } = await makeWorkDirectory(place, await deadOwner(), UNPACKED);
    await makeWorkDirectory(place, workOwner(), UNPACKED);
    const before = readdirSync(place);
    await sweepUnpacked(place);
    expect(before.filter(name => !readdirSync(place).includes(name))).toEqual([basename(path)]);
  });

  it.skipIf(process.geteuid?.() !== 0)('stays where another user made it (only as root)', async () => {
    const place = await folder();
    const { path } = await makeWorkDirectory(place, await deadOwner(), UNPACKED);
    await chown(path, 65_534, 65_534);
    await sweepUnpacked(place);
    expect(readdirSync(place)).toEqual([basename(path)]);
  });

  it('stays while a CRIU that the dead owner started still works in it', async () => {
    const store = await folder();
    const { path } = await makeWorkDirectory(store, await deadOwner());
    const criu = spawn('sh', ['-c', 'read -r _', join(path, 'images-0')], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(criu, 'spawn');
    expect(await sweepStore(store)).toBe(0);
    criu.stdin?.end();
    await once(criu, 'exit');
    expect(await sweepStore(store)).toBe(1);
  });
});
