import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flush, mountpointOf } from '../../src/host/file-systems.js';
import { folder } from './bundle-support.js';

it('file systems are told to write by a folder each, and say what keeps them from it', async () => {
  expect(await flush([tmpdir(), '/'])).toBeUndefined();
  expect(await flush(['/no/such/folder'])).toMatch(/\/no\/such\/folder.*No such file/);
  expect(await flush([])).toBeUndefined();
});

it('a file system that does not write is not waited for without an end', async () => {
  const place = await folder();
  const path = process.env.PATH;
  // The one there is, but for a disk that does not answer.
  const script = `#!/bin/sh\necho $$ "$@" >${place}/asked\nexec sleep 600\n`;
  writeFileSync(join(place, 'sync'), script, { mode: 0o755 });
  process.env.PATH = `${place}:${path}`;
  const asked = (): string =>
    existsSync(join(place, 'asked')) ? readFileSync(join(place, 'asked'), 'utf8') : '';
  try {
    const flushing = flush(['/a', '/b'], 1000);
    await expect.poll(asked, { timeout: 10_000 }).toMatch(/^\d+ -f -- \/a \/b\n$/);
    expect(await flushing).toBe('sync did not end within 1 s');
  } finally {
    process.env.PATH = path;
    process.kill(Number.parseInt(asked(), 10), 'SIGKILL');
  }
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
