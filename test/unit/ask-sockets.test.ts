import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTargetSockets } from '../../src/host/proc/target-sockets.js';
import { readSockets } from '../../src/host/sockets/read-sockets.js';
import { readSigned } from '../../src/host/sockets/signed.js';
import { folder } from './bundle-support.js';

/** A connection with the inode 100, of /proc/net/tcp. */
const ROW =
  '   0: 0100007F:0050 0100007F:0FA0 01 00000000:00000000 00:00000000 00000000     0        0 100 1 0 20 4 30 10 -1';

describe('ss', () => {
  const path = process.env.PATH;
  let place = '';
  beforeEach(async () => {
    place = await folder();
    process.env.PATH = `${place}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
  });

  /** Has another program answer in its place. */
  const answer = (script: string): void =>
    writeFileSync(join(place, 'ss'), `#!/bin/sh\necho "$*" >>${place}/asked\n${script}\n`, { mode: 0o755 });
  const asked = (): readonly string[] =>
    existsSync(join(place, 'asked')) ? readFileSync(join(place, 'asked'), 'utf8').trim().split('\n') : [];

  it('is asked for keys at the ports that there are, and at all where there are many', async () => {
    answer(
      'echo "ESTAB 0 0 a b ino:7 sk:1 cgroup:/ md5keys:::/0=78"; echo "ESTAB 0 0 c d ino:8 sk:2 cgroup:/"',
    );
    expect(await readSigned(new Set())).toEqual(new Set());
    expect(asked()).toEqual([]);
    expect(await readSigned(new Set([80, 179]))).toEqual(new Set([7]));
    expect(await readSigned(new Set(Array.from({ length: 101 }, (_, port) => port)))).toEqual(new Set([7]));
    expect(asked()).toEqual(['-taneiOH sport = :80 or sport = :179', '-taneiOH']);
  });

  it('is asked who is connected to whom only where there may be unix sockets', async () => {
    answer('exit 1');
    const proc = await folder();
    mkdirSync(join(proc, '10/net'), { recursive: true });
    writeFileSync(join(proc, '10/net/tcp'), `  sl  local_address …\n${ROW}\n`);
    const unix = '0000000000000000: 00000002 00000000 00000000 0001 03   200';
    writeFileSync(join(proc, '10/net/unix'), `Num RefCount Protocol Flags Type St Inode Path\n${unix}\n`);
    const known = async (...held: number[]) => (await readSockets(10, false, new Set(held), proc)).peersKnown;
    expect([await known(), await known(100), asked().length]).toEqual([true, true, 0]);
    // A unix socket; one beside another; one that is in no table.
    expect([await known(200), await known(100, 200), await known(300)]).toEqual([false, false, false]);
    expect(asked()).toHaveLength(3);
  });

  it('is said to be missing where somebody may be connected to somebody', async () => {
    const own = { targets: [process.pid], own: 1, namespaces: new Map([[process.pid, { net: 1 }]]) };
    const places = {
      ...own,
      descriptors: new Map([[process.pid, [{ fd: 3, target: 'socket:[4294967295]' }]]]),
    };
    const unknown = async (): Promise<readonly string[]> => {
      const words: string[] = [];
      await readTargetSockets(places as unknown as Parameters<typeof readTargetSockets>[0], words);
      return words;
    };
    answer('exit 0');
    expect(await unknown()).toEqual([]);
    answer('exit 1');
    expect(await unknown()).toEqual([expect.stringContaining('ss (package iproute2)')]);
  });
});
