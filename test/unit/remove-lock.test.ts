import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { removeLock } from '../../src/host/nftables.js';
import { folder } from './bundle-support.js';

test('what a bundle says of its dump becomes the name of a table, and never a command of nft', async () => {
  const place = await folder();
  const said = join(place, 'said');
  writeFileSync(said, '');
  writeFileSync(join(place, 'nft'), `#!/bin/sh\necho "$*" >>'${said}'\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${place}:${process.env.PATH}`);
  try {
    await removeLock('0123456789abcdef-0123456789', 7);
    await removeLock(undefined, 7);
    await removeLock('x; flush ruleset', 7);
  } finally {
    vi.unstubAllEnvs();
  }
  const lines = readFileSync(said, 'utf8');
  // CRIU cuts the name off before 4.3.
  const names = [...lines.matchAll(/CRIU-\S+/g)].map(([name]) => name);
  expect([...new Set(names)]).toEqual([
    'CRIU-0123456789abcdef-0123',
    'CRIU-0123456789abcdef-0123456789',
    'CRIU-7',
  ]);
  expect(lines).not.toContain('flush');
});
