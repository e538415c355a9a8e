/** `ckpt doctor` asks nft itself whether a table can have an owner. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { ownsTables } from '../../src/host/doctor/guard.js';
import { folder } from './bundle-support.js';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['takes all rules', 'cat >/dev/null', true],
  ['knows no owners', 'case "$(cat)" in *owner*) exit 1 ;; esac', false],
  ['may not ask the kernel', 'cat >/dev/null; exit 1', undefined],
])('an nft that %s', async (_, script, ownedTables) => {
  const bin = await folder();
  await writeFile(join(bin, 'nft'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  expect(await ownsTables()).toBe(ownedTables);
});
