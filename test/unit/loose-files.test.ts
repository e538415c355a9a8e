import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  looseBytes,
  looseEntries,
  looseOf,
  looseOwners,
  looseUnruled,
} from '../../src/checkpoint/check/loose-files.js';

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

  const somebody = { uids: [1234], since: 0 };
  const names = (found: ReturnType<typeof looseEntries>) =>
    found?.map(({ path }) => path.slice(place.length));
  const make = (...paths: readonly string[]): void => {
    for (const path of paths) {
      writeFileSync(join(place, path), '');
      give(join(place, path));
    }
  };

  it('are found with their folders, but for links and what units keep for themselves', () => {
    mkdirSync(join(place, 'tmp.x/empty'), { recursive: true });
    mkdirSync(join(place, 'systemd-private-1/tmp'), { recursive: true });
    writeFileSync(join(place, 'systemd-private-1/tmp/theirs'), '');
    writeFileSync(join(place, 'tmp.x/sortA'), '12345');
    for (const one of ['tmp.x', 'tmp.x/empty', 'systemd-private-1', 'tmp.x/sortA']) give(join(place, one));
    symlinkSync('/etc/hostname', join(place, 'link'));
    const found = looseEntries([{ ...somebody, places: [place] }]);
    expect(new Map(found?.map(({ path, kind }) => [path.slice(place.length), kind]))).toEqual(
      new Map([
        ['/tmp.x', 'folder'],
        ['/tmp.x/empty', 'folder'],
        ['/tmp.x/sortA', 'file'],
      ]),
    );
    expect(looseBytes(found ?? [])).toBe(5);
  });

  it('are not looked for where a boot leaves them alone, or no tree has made any', () => {
    make('theirs');
    expect(looseEntries([{ ...somebody, places: ['/etc'] }])).toEqual([]);
    expect(looseEntries([{ uids: [], since: 0, places: [place] }])).toEqual([]);
  });

  it('are looked through as long as they are not too many, however they are spread', () => {
    mkdirSync(join(place, 'folder'));
    give(join(place, 'folder'));
    make('a', 'b', 'folder/c');
    const found = (most: number) => looseEntries([{ ...somebody, places: [place] }], most);
    expect(found(4)).toHaveLength(4);
    expect(found(3)).toBeUndefined();
    const owners = { ...somebody, places: [place] };
    expect(looseOf(found(3), owners, new Set())).toBeUndefined();
    expect(looseOf(found(3), { ...owners, uids: [] }, new Set())).toEqual([]);
    expect(looseOf(found(3), { ...owners, places: [] }, new Set())).toEqual([]);
  });

  it('are those of its users that are newer than a tree and not open, and never those of root', () => {
    writeFileSync(join(place, 'root'), '');
    make('theirs', 'open');
    const now = uptime() * 100;
    const mine = process.getuid?.() === 0 ? 1234 : (process.getuid?.() ?? 0);
    const { pid } = process;
    const owners = looseOwners(
      [
        { pid, uids: [0, mine, mine, mine], startTime: now - 100 },
        { pid, uids: [0, 0, 0, 0], startTime: now - 50 },
      ],
      [place],
    );
    expect(owners).toMatchObject({ uids: [mine], places: [place] });
    const entries = looseEntries([owners]);
    const found = (since: number) =>
      names(looseOf(entries, { ...owners, since }, new Set([join(place, 'open')])));
    expect(found(owners.since)).toContain('/theirs');
    expect(found(owners.since)).not.toContain('/open');
    if (process.getuid?.() === 0) expect(found(owners.since)).not.toContain('/root');
    expect(found(Date.now() + 1000)).toEqual([]);
  });

  it('are none of a tree that does not see the place, as one with a /tmp of its own', () => {
    make('theirs');
    const [elsewhere] = [looseOwners([{ pid: 0, uids: [1234], startTime: 0 }], [place])];
    expect(elsewhere).toMatchObject({ uids: [1234], places: [] });
    const entries = looseEntries([{ ...somebody, places: [place] }, elsewhere]);
    expect(looseOf(entries, elsewhere, new Set())).toEqual([]);
  });

  it('are left to a rule where there is one', () => {
    make('kept', 'other');
    const entries = looseEntries([{ ...somebody, places: [place] }]) ?? [];
    const rules = [{ pattern: join(place, 'kept'), action: 'keep' as const }];
    expect(names(looseUnruled(entries, rules))).toEqual(['/other']);
  });
});
