import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sweepPartial, sweepStore } from '../../src/checkpoint/store/sweep-store.js';
import { ownerLives, workGoesOn, workOwner } from '../../src/host/work-owner.js';
import { makeWorkDirectory, PARTIAL, workDirectories } from '../../src/image-format/bundle/store.js';
import { folder } from './bundle-support.js';

/** The owner that a process of this boot and namespace had, which has ended since. */
async function deadOwner(): Promise<string> {
  const child = spawn('true');
  await once(child, 'exit');
  const [boot, namespace] = workOwner().split('-');
  return `${boot}-${namespace}-${child.pid}-1`;
}

/** A /proc of processes in these PID namespaces, seen by one in the first; a text is the status of one that is not shown. */
async function procOf(namespaces: readonly (number | string)[]): Promise<string> {
  const proc = await folder();
  for (const [index, namespace] of namespaces.entries()) {
    for (const name of index === 0 ? ['self', '1'] : [String(index + 1)]) {
      await mkdir(join(proc, name, 'ns'), { recursive: true });
      // What is no link cannot be read as one, which is not the error of a process that is gone.
      if (typeof namespace === 'string') {
        await mkdir(join(proc, name, 'ns', 'pid'));
        await writeFile(join(proc, name, 'status'), namespace);
      } else await symlink(`pid:[${namespace}]`, join(proc, name, 'ns', 'pid'));
    }
  }
  return proc;
}

describe('an owner in another PID namespace', () => {
  const [boot] = workOwner().split('-');
  const owner = `${boot}-4026532001-7-1`;
  const INITIAL = 4026531836;

  it.each<[string, boolean, readonly (number | string)[]]>([
    [
      'has ended with its container, seen from where all can be seen',
      false,
      [INITIAL, 'NSpid:\t2\n', 4026532002],
    ],
    ['may live while somebody is in it', true, [INITIAL, 4026532001]],
    ['may live where somebody may not be looked at', true, [INITIAL, 'NSpid:\t2\t1\n']],
    ['may live where not all can be seen', true, [4026532003, 4026532003]],
  ])('%s', async (_, lives, namespaces) => {
    const proc = await procOf(namespaces);
    expect(ownerLives(owner, proc)).toBe(lives);
    expect(workGoesOn({ owner, id: 'an-id' }, proc)).toBe(lives);
  });
});

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

  it('stays while its owner lives, or is named as nobody is', async () => {
    const store = await folder();
    await makeWorkDirectory(store, workOwner());
    await mkdir(join(store, '.work-of-another-kind'));
    expect(await sweepStore(store)).toBe(0);
    expect(await workDirectories(store)).toHaveLength(2);
  });

  it('goes where files are unpacked to be looked into, but nothing of anybody else', async () => {
    const place = await folder();
    await makeWorkDirectory(place, await deadOwner());
    const { path } = await makeWorkDirectory(place, await deadOwner(), PARTIAL);
    await makeWorkDirectory(place, workOwner(), PARTIAL);
    const before = readdirSync(place);
    await sweepPartial(place);
    expect(before.filter(name => !readdirSync(place).includes(name))).toEqual([basename(path)]);
  });

  it.skipIf(process.geteuid?.() !== 0)('stays where another user made it (only as root)', async () => {
    const place = await folder();
    const { path } = await makeWorkDirectory(place, await deadOwner(), PARTIAL);
    await chown(path, 65_534, 65_534);
    await sweepPartial(place);
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
