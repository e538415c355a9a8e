import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptiedFolders, emptierOf } from '../../src/host/proc/gone-at-boot.js';

const settings = (texts: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(texts));

/** Of the package systemd. */
const BOOKWORM = 'D /tmp 1777 root root -\n#q /var/tmp 1777 root root 30d\n';
const TRIXIE = 'q /tmp 1777 root root 10d\nq /var/tmp 1777 root root 30d\n';

describe('the folders that a boot empties', () => {
  it('are those of the lines of Debian 12, and not those of Debian 13', () => {
    expect(emptiedFolders(settings({ 'tmp.conf': BOOKWORM }))).toEqual(['/tmp']);
    expect(emptiedFolders(settings({ 'tmp.conf': TRIXIE }))).toEqual([]);
  });

  it('are given by the first line for a path, by the names of the files', () => {
    const ours = 'd /tmp 1777 root root -';
    const theirs = 'D /tmp 1777 root root -';
    expect(emptiedFolders(settings({ 'tmp.conf': theirs, '00-keep.conf': ours }))).toEqual([]);
    expect(emptiedFolders(settings({ 'tmp.conf': theirs, 'zz.conf': ours }))).toEqual(['/tmp']);
  });

  it('are those to be removed, too, but no patterns, comments and files', () => {
    const text =
      'R! /var/lib/x/ - -\n# D /a\nR! /tmp/systemd-private-*\nr! /forcefsck\nD! "/srv/work" 0755\n  x /tmp/y\n';
    expect(emptiedFolders(settings({ 'a.conf': text }))).toEqual(['/srv/work', '/var/lib/x']);
  });
});

describe('what lies in such a folder', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ckpt-boot-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('goes with a boot; the folder stays, and its neighbours', () => {
    put('usr/lib/tmpfiles.d/x.conf', 'D /var/scratch 1777 root root -\n');
    expect(emptierOf('/var/scratch/a/b', root)).toBe('/var/scratch');
    expect(emptierOf('/var/scratch', root)).toBeUndefined();
    expect(emptierOf('/var/scratchy/a', root)).toBeUndefined();
  });

  it('stays where a file in /etc hides the one of the package', () => {
    put('usr/lib/tmpfiles.d/x.conf', 'D /var/scratch 1777 root root -\n');
    put('etc/tmpfiles.d/x.conf', 'd /var/scratch 1777 root root -\n');
    expect(emptierOf('/var/scratch/a', root)).toBeUndefined();
  });

  it('goes where the next boot mounts a tmpfs over the /tmp of the disk', () => {
    const wants = join(root, 'usr/lib/systemd/system/local-fs.target.wants');
    mkdirSync(wants, { recursive: true });
    symlinkSync('../tmp.mount', join(wants, 'tmp.mount'));
    const disk = (): boolean => !readFileSync('/proc/self/mountinfo', 'utf8').includes(' /tmp ');
    expect(emptierOf('/tmp/a', root)).toBe(disk() ? '/tmp' : undefined);
  });

  it('stays where that mount is masked', () => {
    const system = 'usr/lib/systemd/system';
    mkdirSync(join(root, system, 'local-fs.target.wants'), { recursive: true });
    symlinkSync('../tmp.mount', join(root, system, 'local-fs.target.wants/tmp.mount'));
    mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
    symlinkSync('/dev/null', join(root, 'etc/systemd/system/tmp.mount'));
    expect(emptierOf('/tmp/a', root)).toBeUndefined();
  });
});
