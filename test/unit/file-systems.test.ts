import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { flush, mountpointOf } from '../../src/host/file-systems.js';

it('file systems are told to write by a folder each, and say what keeps them from it', async () => {
  expect(await flush([tmpdir(), '/'])).toBeUndefined();
  expect(await flush(['/no/such/folder'])).toMatch(/\/no\/such\/folder.*No such file/);
  expect(await flush([])).toBeUndefined();
});

it('a path is on the file system that is mounted nearest above it', () => {
  const mounts = ['/', '/srv', '/srv/db', '/srv/d'].map(mountpoint => ({ mountpoint }));
  const on = (path: string) => mountpointOf(path, mounts);
  expect(['/srv/db/data', '/srv/db', '/srv/dbx', '/etc'].map(on)).toEqual([
    '/srv/db',
    '/srv/db',
    '/srv',
    '/',
  ]);
});
