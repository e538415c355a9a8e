import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { remakeFolders } from '../../src/restore/put-back/remake-folders.js';

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

describe('folders in memory that are gone', () => {
  let top = '';
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'ckpt-folders-')));
  });
  afterEach(() => rmSync(top, { recursive: true }));

  const row = (path: string, mode = 0o755) => ({ path: join(top, path), mode, uid, gid });
  const modeOf = (path: string) => statSync(join(top, path)).mode & 0o7777;

  it('are made with their permissions, whatever the umask, and those above them', async () => {
    await remakeFolders([row('run', 0o1777), row('run/inner', 0o2750)]);
    expect([modeOf('run'), modeOf('run/inner')]).toEqual([0o1777, 0o2750]);
  });

  it('stay as they are where they are there', async () => {
    mkdirSync(join(top, 'run'), { mode: 0o711 });
    await remakeFolders([row('run', 0o755), row('run/inner')]);
    expect([modeOf('run'), modeOf('run/inner')]).toEqual([0o711, 0o755]);
  });

  it('are not made through a link, nor in the place of something else, nor where nothing is to hold them', async () => {
    mkdirSync(join(top, 'elsewhere'));
    symlinkSync(join(top, 'elsewhere'), join(top, 'link'));
    await remakeFolders([row('link/inner'), row('link', 0o700), row('nowhere/inner')]);
    expect(readdirSync(join(top, 'elsewhere'))).toEqual([]);
    expect(modeOf('elsewhere')).not.toBe(0o700);
    expect(readdirSync(top).sort()).toEqual(['elsewhere', 'link']);
  });

  it('are a failure of the thaw by name where they cannot be made', async () => {
    const folder = { path: '/proc/self/ckpt-folder', mode: 0o755, uid, gid };
    // procfs says of a folder that nobody can make there that it is not there.
    await remakeFolders([folder]);
    await expect(remakeFolders([{ ...folder, path: '/sys/kernel/ckpt-folder' }])).rejects.toMatchObject({
      code: 'thaw-file',
    });
  });
});
