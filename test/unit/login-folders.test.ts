import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RULES, type TreeFacts } from '../../src/checkpoint/check/index.js';
import { lingeringUsers, loginUnits } from '../../src/host/systemd/login-folders.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** A process with a file that is open, and the mounts of a machine where user 1000 is logged in. */
function tree(target: string, lingering: readonly number[]): TreeFacts {
  const mounts = ['/', '/run', '/run/user/1000'].map(mountpoint => ({ mountpoint, fileSystem: 'tmpfs' }));
  const files = [{ fd: 3, type: 'regular', names: 1, target }];
  const process = { task: { pid: 7 }, workingFolder: '/', mounts, files };
  const facts = { members: [7], processes: new Map([[7, process]]), snapshot: { sockets: new Map() } };
  return { ...facts, lingering: new Set(lingering) } as unknown as TreeFacts;
}

const found = (facts: TreeFacts): readonly string[] =>
  RULES.find(({ id }) => id === 'folder-of-login')
    ?.find(facts)
    .map(({ what }) => what) ?? [];

describe('folders of logins', () => {
  it('are there in a boot for those who linger only, as far as anybody can know', () => {
    expect(found(tree('/run/user/1000/app/state', []))).toEqual([
      expect.stringContaining('/run/user/1000/app'),
    ]);
    expect(found(tree('/run/user/1000/app/state', [1000]))).toEqual([]);
    expect(found(tree('/run/app/state', []))).toEqual([]);
  });

  it('are waited for by a thaw at boot', () => {
    expect(loginUnits(['/', '/run/user/1000', '/run/user', '/run/user/0'])).toEqual([
      'systemd-logind.service',
      'user-runtime-dir@1000.service',
      'user-runtime-dir@0.service',
    ]);
    expect(loginUnits(['/', '/run'])).toEqual([]);
  });

  it('know who lingers by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ckpt-linger-'));
    folders.push(folder);
    const accounts = join(folder, 'accounts');
    await writeFile(join(folder, 'alice'), '');
    await writeFile(
      accounts,
      'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n',
    );
    expect([...lingeringUsers(folder, accounts)]).toEqual([1000]);
    expect([...lingeringUsers(join(folder, 'none'), accounts)]).toEqual([]);
  });
});
