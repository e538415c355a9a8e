import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULTS } from '../../src/checkpoint/check/options.js';
import type { Dump } from '../../src/checkpoint/dump/prepare-freeze.js';
import { remember } from '../../src/checkpoint/remember/remember.js';
import type { Tree } from '../../src/image-format/neutral/index.js';

it.skipIf(process.getuid?.() !== 0)(
  'what one tree has open is no temporary file of another of the same user (root)',
  async () => {
    const place = mkdtempSync('/dev/shm/ckpt-remember-');
    try {
      for (const name of ['shared', 'closed']) {
        writeFileSync(join(place, name), name);
        chownSync(join(place, name), 1234, 1234);
      }
      const treeWith = (...paths: readonly string[]): Tree => {
        const openFiles = paths.map((path, id) => ({ kind: 'regular', id: `file-${id}`, path }));
        const nothing = { remaps: [], memories: [], filesystems: [], fileLocks: [], processes: [] };
        return { ...nothing, root: 10, openFiles, descriptorTables: [] } as unknown as Tree;
      };
      const looseOwners = { uids: [1234], since: 0, places: [place] };
      const planned = { options: DEFAULTS, leftBehind: [], pidFiles: [], looseOwners };
      const dump = { root: 10, tree: planned } as unknown as Dump;
      const trees = [treeWith(), treeWith(join(place, 'shared'))].map(tree => ({ dump, tree }));
      const found = await remember(trees, ['/nowhere']);
      const rows = found.map(({ remembered }) =>
        remembered.files.map(({ path, loose, member }) => [path.slice(place.length), loose, member]),
      );
      expect(rows).toEqual([[['/closed', true, 'files/0/0']], [['/shared', undefined, 'files/1/0']]]);
      expect((await remember(trees, [place])).map(({ remembered }) => remembered.files.length)).toEqual([
        0, 1,
      ]);
    } finally {
      rmSync(place, { recursive: true });
    }
  },
);
