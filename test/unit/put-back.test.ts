import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemIdentity } from '../../src/host/system.js';
import type { Bundle } from '../../src/image-format/bundle/open-bundle.js';
import { putBack } from '../../src/restore/put-back/put-back.js';
import type { UnfoldedTree } from '../../src/restore/unfold.js';

let top = '';
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'ckpt-put-back-')));
});
afterEach(() => rmSync(top, { recursive: true }));

it('puts temporary files and their folders back after a boot only: in the same one somebody has deleted them', async () => {
  const path = join(top, 'bundle');
  mkdirSync(join(path, 'files/0'), { recursive: true });
  writeFileSync(join(path, 'files/0/0'), 'text');
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const row = (name: string) => ({ path: join(top, name), mode: 0o700, ...owner });
  const file = { action: 'carry' as const, member: 'files/0/0', modified: 0 };
  const policy = {
    folders: [row('needed'), { ...row('loose'), loose: true as const }],
    files: [
      { ...row('needed/file'), ...file },
      { ...row('loose/file'), ...file, loose: true as const },
    ],
  };
  const there = async (bootId: string): Promise<readonly boolean[]> => {
    const bundle = { path, manifest: { origin: { bootId }, members: [{ path: 'files/0/0' }] } };
    await putBack(bundle as unknown as Bundle, [{ policy } as unknown as UnfoldedTree]);
    return ['needed/file', 'loose', 'loose/file'].map(name => existsSync(join(top, name)));
  };
  expect(await there(systemIdentity().bootId)).toEqual([true, false, false]);
  expect(await there('another')).toEqual([true, true, true]);
});
