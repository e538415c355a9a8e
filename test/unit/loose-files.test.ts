import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { looseBytes, looseEntries, looseOf, looseOwners } from '../../src/checkpoint/check/loose-files.js';

/** To somebody who is not root. */
const give = (path: string): void => {
  if (process.getuid?.() === 0) chownSync(path, 1234, 1234);
};

describe('temporary files that nobody has open', () => {
  let place = '';
  beforeEach(() => {
    // A file system in memory, as a reboot empties it.
    place = mkdtempSync('/dev/shm/ckpt-loose-');
  });
  afterEach(() => rmSync(place, { recursive: true }));

  it('are found with their folders, but for links and what units keep for themselves', () => {
    mkdirSync(join(place, 'tmp.x/empty'), { recursive: true });
    mkdirSync(join(place, 'systemd-private-1/tmp'), { recursive: true });
    writeFileSync(join(place, 'systemd-private-1/tmp/theirs'), '');
    writeFileSync(join(place, 'tmp.x/sortA'), '12345');
    for (const one of ['tmp.x', 'tmp.x/empty', 'systemd-private-1', 'tmp.x/sortA']) give(join(place, one));
    symlinkSync('/etc/hostname', join(place, 'link'));
    const found = looseEntries([place]);
    expect(found.map(({ path, kind }) => [path.slice(place.length), kind])).toEqual([
      ['/tmp.x', 'folder'],
      ['/tmp.x/empty', 'folder'],
      ['/tmp.x/sortA', 'file'],
    ]);
    expect(looseBytes(found)).toBe(5);
  });

  it('are not looked for where a boot leaves them alone', () => {
    expect(looseEntries(['/etc'])).toEqual([]);
  });

  it('are those of its users that are newer than a tree and not open, and never those of root', () => {
    writeFileSync(join(place, 'root'), '');
    for (const name of ['theirs', 'open']) {
      writeFileSync(join(place, name), '');
      give(join(place, name));
    }
    const now = uptime() * 100;
    const mine = process.getuid?.() === 0 ? 1234 : (process.getuid?.() ?? 0);
    const owners = looseOwners([
      { uids: [0, mine, mine, mine], startTime: now - 100 },
      { uids: [0, 0, 0, 0], startTime: now - 50 },
    ]);
    expect(owners.uids).toEqual([mine]);
    const names = (since: number): readonly string[] =>
      looseOf(looseEntries([place]), { ...owners, since }, new Set([join(place, 'open')])).map(({ path }) =>
        path.slice(place.length + 1),
      );
    expect(names(owners.since)).toContain('theirs');
    expect(names(owners.since)).not.toContain('open');
    if (process.getuid?.() === 0) expect(names(owners.since)).not.toContain('root');
    expect(names(Date.now() + 1000)).toEqual([]);
  });
});
