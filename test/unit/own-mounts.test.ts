import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareMounts } from '../../src/checkpoint/check/own-mounts.js';
import { dumpArguments, inheritedFiles, restoreArguments } from '../../src/host/criu/arguments.js';
import { parseMountInfo } from '../../src/host/proc/index.js';
import { remakePlaces } from '../../src/restore/put-back/remake-places.js';

const MACHINE = `
27 1 254:0 / / rw - ext4 /dev/vda rw
34 27 0:27 / /run rw - tmpfs tmpfs rw
42 27 0:34 / /tmp rw - tmpfs tmpfs rw
50 27 254:0 /srv/data /data rw - ext4 /dev/vda rw
38 27 0:31 / /auto rw - autofs systemd-1 rw
47 38 0:38 / /auto rw - binfmt_misc binfmt_misc rw
`;
const row = (line: string): string => `90 80 ${line} rw - tmpfs tmpfs rw`;
const compare = (...lines: readonly string[]) =>
  compareMounts(parseMountInfo(lines.map(row).join('\n')), parseMountInfo(MACHINE));

describe('mounts of a tree’s own', () => {
  it('are the machine’s where the same thing can be seen there, wherever that is', () => {
    const { sameRoot, outside, made } = compare(
      '254:0 / /',
      '0:27 / /run',
      '0:27 /systemd/inaccessible/dir /home',
      '254:0 /var/lib /var/lib',
      '254:0 /srv/data/sub /sub',
      '0:99 / /own',
    );
    expect(sameRoot).toBe(true);
    expect(outside.map(one => [one.mountpoint, one.source])).toEqual([
      ['/run', '/run'],
      ['/home', '/run/systemd/inaccessible/dir'],
      ['/var/lib', '/var/lib'],
      ['/sub', '/srv/data/sub'],
    ]);
    expect(made.map(one => one.mountpoint)).toEqual(['/own']);
  });

  it('count as the one on top where several lie in one place', () => {
    const { outside, made } = compare(
      '254:0 / /',
      '0:34 / /tmp',
      '0:34 /private/tmp /tmp',
      '0:31 / /auto',
      '0:38 / /auto',
    );
    expect(outside.map(one => one.source)).toEqual(['/tmp/private/tmp', '/auto']);
    expect(made).toEqual([]);
  });

  it('are a container’s where / is another', () => {
    expect(compare('0:77 / /').sameRoot).toBe(false);
    expect(compare('254:0 /containers/a /').sameRoot).toBe(false);
    // A file system that only begins like another is another.
    expect(compare('254:0 / /', '254:0 /srv/database /x').outside[0]?.source).toBe('/srv/database');
  });

  it('are told to CRIU by place and source, and what was opened outside by mount and inode', () => {
    const mounts = {
      places: [{ mountpoint: '/tmp', source: '/tmp/private/tmp', mode: 0o1777, uid: 0, gid: 0 }],
      nulls: [{ mount: 26, inode: 4 }],
    };
    const common = {
      images: 'i',
      log: 'l',
      script: 's',
      tcp: 'refuse',
      shellJob: false,
      verbose: false,
    } as const;
    const inherited = inheritedFiles([7], [8], mounts.nulls);
    const dump = dumpArguments({ ...common, pid: 7, leaveRunning: false, ghostLimit: 1, mounts }).join(' ');
    expect(dump).toContain('--external mnt[/tmp]:/tmp --external file[1a:4]');
    const words = restoreArguments({ ...common, inherited, mounts, root: '/w/root' }).join(' ');
    expect(words).toContain(
      '--inherit-fd fd[3]:socket:[7] --inherit-fd fd[4]:file[1a:4] --inherit-fd fd[512]:socket:[8]',
    );
    expect(words).toContain('--external mnt[/tmp]:/tmp/private/tmp --root /w/root');
  });

  it('are not taken from whoever has put something else in their place', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ckpt-mounts-'));
    const owner = process.getuid?.() ?? 0;
    const place = (name: string, uid: number) => ({
      mountpoint: '/x',
      source: join(folder, name),
      mode: 0o700,
      uid,
      gid: process.getgid?.() ?? 0,
    });
    try {
      await remakePlaces([place('deep/er', owner)]);
      expect(statSync(join(folder, 'deep', 'er')).mode & 0o777).toBe(0o700);
      symlinkSync(join(folder, 'deep'), join(folder, 'link'));
      const wrong = { code: 'thaw-file' };
      await expect(remakePlaces([place('link/er', owner)])).rejects.toMatchObject(wrong);
      await expect(remakePlaces([place('deep/er', owner + 1)])).rejects.toMatchObject(wrong);
      await remakePlaces([place('deep/er', owner)]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that cannot be made again are a failure of the thaw by name', async () => {
    const place = { mountpoint: '/x', source: '/proc/nothing/x', mode: 0o755, uid: 0, gid: 0 };
    await expect(remakePlaces([place])).rejects.toMatchObject({ code: 'thaw-file' });
    // What is there is left alone, and what is no folder is not made.
    await remakePlaces([
      { mountpoint: '/x', source: '/proc', mode: 0o555, uid: 0, gid: 0 },
      { mountpoint: '/x', source: '/proc/nothing/x' },
    ]);
  });
});
