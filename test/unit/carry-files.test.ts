import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CarriedSoFar,
  carryFiles,
  type FileChoice,
  openGoneAtBoot,
} from '../../src/checkpoint/remember/carry-files.js';
import { foldersGoneAtBoot } from '../../src/checkpoint/remember/folders-gone-at-boot.js';
import { writePayloads } from '../../src/image-format/bundle/write-payloads.js';
import type { Tree } from '../../src/image-format/neutral/index.js';
import { codeOf, folder } from './bundle-support.js';

/** Bytes that are kept in memory at once, and no more. */
const AT_ONCE = 2 ** 22;

let place = '';
beforeEach(() => {
  // A file system in memory, as a reboot empties it.
  place = mkdtempSync('/dev/shm/ckpt-carry-');
});
afterEach(() => rmSync(place, { recursive: true }));

const at = (name: string): string => join(place, name);

/** A tree that has these files open, and nothing else. */
function treeWith(...paths: readonly string[]): Tree {
  const openFiles = paths.map((path, id) => ({ kind: 'regular', id: `file-${id}`, path }));
  return { openFiles, remaps: [], memories: [], filesystems: [] } as unknown as Tree;
}

function carry(tree: Tree, choice: Partial<FileChoice>) {
  const usual = { rules: [], unasked: [], limit: 100, leftBehind: [], carried: new CarriedSoFar() };
  return carryFiles(tree, '0', { ...usual, ...choice });
}

const loose = (...names: readonly string[]) =>
  names.map(name => ({ path: at(name), kind: 'loose' as const }));

describe('files that come along unasked', () => {
  it('are told by what they are to the tree: a thaw in the same boot misses no temporary ones', () => {
    for (const name of ['open', 'pid', 'sortA']) writeFileSync(at(name), name);
    const unasked = [
      { path: at('open'), kind: 'open' as const },
      { path: at('pid'), kind: 'pid' as const },
      ...loose('sortA', 'open', 'gone'),
    ];
    const { files, payloads } = carry(treeWith(), { unasked });
    expect(files).toMatchObject([
      { path: at('open'), action: 'carry', member: 'files/0/0' },
      { path: at('pid'), action: 'carry', member: 'files/0/1' },
      { path: at('sortA'), action: 'carry', member: 'files/0/2', loose: true },
    ]);
    expect(files.map(file => file.loose)).toEqual([undefined, undefined, true]);
    expect(payloads.map(({ parts }) => parts)).toEqual(
      ['open', 'pid', 'sortA'].map(text => [{ in: 'memory', bytes: Buffer.from(text) }]),
    );
  });

  it('stop the freeze where one that is open is too large and nobody was told, and stay behind else', () => {
    writeFileSync(at('large'), Buffer.alloc(101));
    const open = [{ path: at('large'), kind: 'open' as const }];
    expect(() => carry(treeWith(), { unasked: open })).toThrow(
      expect.objectContaining({ code: 'freeze-large-file' }),
    );
    const nothing = { files: [], payloads: [] };
    expect(carry(treeWith(), { unasked: open, leftBehind: [at('large')] })).toEqual(nothing);
    expect(carry(treeWith(), { unasked: open, leftBehind: undefined })).toEqual(nothing);
    expect(carry(treeWith(), { unasked: loose('large') })).toEqual(nothing);
  });

  it('are left to a rule where there is one', () => {
    writeFileSync(at('kept'), '');
    const rules = [{ pattern: at('*'), action: 'keep' as const }];
    expect(carry(treeWith(at('kept')), { rules, unasked: loose('kept') }).files).toEqual([]);
  });

  it('come along once under each of their names, and with the name that CRIU gave one', () => {
    writeFileSync(at('one'), 'text');
    linkSync(at('one'), at('link_remap.7'));
    const { files, payloads } = carry(treeWith(), {
      unasked: [{ path: at('link_remap.7'), kind: 'open' }],
    });
    expect(payloads).toHaveLength(1);
    expect(files.map(({ path, sameAs }) => [path, sameAs])).toEqual([
      [at('link_remap.7'), undefined],
      [at('one'), at('link_remap.7')],
    ]);
  });
});

describe('what others have put in the place of a file', () => {
  it('does not come along: no link, not in the place of a folder either, and nobody waits for a FIFO', () => {
    mkdirSync(at('secret'));
    writeFileSync(at('secret/key'), 'secret');
    symlinkSync(at('secret/key'), at('link'));
    symlinkSync(at('secret'), at('folder'));
    execFileSync('mkfifo', [at('fifo')]);
    const names = ['link', 'folder/key', 'fifo', 'secret', 'link/key', 'nowhere/key'];
    expect(carry(treeWith(), { unasked: loose(...names) })).toEqual({ files: [], payloads: [] });
    const rules = [{ pattern: '/**', action: 'carry' as const }];
    const { files } = carry(treeWith(...names.map(at), at('secret/key')), { rules });
    expect(files.map(({ path }) => path)).toEqual([at('secret/key')]);
  });

  it('is not read in its place when a large one is written into the bundle', async () => {
    writeFileSync(at('large'), Buffer.alloc(AT_ONCE + 1, 'a'));
    const { payloads } = carry(treeWith(), { unasked: loose('large'), limit: 2 * AT_ONCE });
    const bundle = await folder();
    const [member] = await writePayloads(bundle, payloads);
    expect(member).toMatchObject({ path: 'files/0/0', size: AT_ONCE + 1 });
    expect(readFileSync(join(bundle, 'files/0/0')).equals(readFileSync(at('large')))).toBe(true);
    renameSync(at('large'), at('moved'));
    writeFileSync(at('large'), Buffer.alloc(AT_ONCE + 1, 'b'));
    expect(await codeOf(writePayloads(await folder(), payloads))).toBe('image-unreadable');
    rmSync(at('large'));
    symlinkSync(at('moved'), at('large'));
    expect(await codeOf(writePayloads(await folder(), payloads))).toBe('image-unreadable');
  });
});

describe('what a boot takes away', () => {
  it('is what the tree has open there by a name that it still has', () => {
    for (const name of ['one', 'deleted']) writeFileSync(at(name), '');
    const tree = {
      ...treeWith('/etc/hostname', at('one'), at('one'), at('deleted')),
      remaps: [{ file: 'file-3' }],
    } as unknown as Tree;
    expect(openGoneAtBoot(tree)).toEqual([at('one')]);
  });

  it('are folders of what is open, and those of temporary files, which only a boot does', () => {
    mkdirSync(at('a/b/c'), { recursive: true });
    mkdirSync(at('a/t'));
    mkdirSync(at('u'));
    const found = foldersGoneAtBoot(treeWith(at('a/b/file')), { needed: [], loose: [at('u'), at('a/t')] });
    expect(found.map(one => [one.path, one.loose])).toEqual([
      [place, undefined],
      [at('a'), undefined],
      [at('a/b'), undefined],
      [at('a/b/c'), undefined],
      [at('a/t'), true],
      [at('u'), true],
    ]);
    expect(found[0]).toMatchObject({ mode: statSync(place).mode & 0o7777 });
  });
});
