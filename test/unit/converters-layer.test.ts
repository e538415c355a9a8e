import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { layerPatches } from '../../src/converters/lower/patch-layer.js';
import type { RecordsImage } from '../../src/image-format/criu/image-set.js';
import { readImageSet } from '../../src/image-format/criu/read-image-set.js';
import { writeImageSet } from '../../src/image-format/criu/write-image-set.js';
import { writeLayer } from '../../src/image-format/criu/write-layer.js';
import { readPlainFile } from '../../src/image-format/read-plain-file.js';
import { imageOf } from './converters-images.js';

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'ckpt-layer-'));
});
afterEach(() => {
  rmSync(work, { recursive: true });
});

const MEMBER = 'memory/0/pages-1.img';
const patch = (expected: string) => ({
  pid: 7,
  address: '0x3010',
  expected,
  bytes: '20000000',
  reason: 'a test',
  location: { member: MEMBER, offset: 0x2010 },
});
const pagemap: RecordsImage = {
  file: 'pagemap-7.img',
  kind: 'pagemap',
  form: 'records',
  records: [
    { type: 'pagemap_head', message: { pages_id: 1 } },
    { message: { vaddr: 0x1000n, compat_nr_pages: 0, flags: 4, nr_pages: 3n } },
  ],
};
const inventory = imageOf('inventory.img', 'inventory', { img_version: 2 });

/** Writes the layer that a patch needs, over pages that hold `word` where the patch goes. */
async function write(expected: string, word: string): Promise<string> {
  const pages = join(work, 'pages-1.img');
  const content = Buffer.alloc(3 * 4096, 0xaa);
  content.write(word, 0x2010, 'hex');
  writeFileSync(pages, content);
  const patches = [patch(expected)];
  const { file, kind } = pagemap;
  const large = { file, kind, read: () => pagemap };
  const { images, layer } = layerPatches([large], patches, () => pages, [{ file: 'pages-1.img' }]);
  const directory = mkdtempSync(join(work, 'images-'));
  writeImageSet(directory, { images: [inventory], deferred: images, pages: [] });
  const lowered = {
    patches,
    release: '4.3' as const,
    pages: [],
    ...(layer === undefined ? undefined : { layer }),
  };
  await writeLayer(
    directory,
    lowered,
    () => pages,
    (_, to) => symlink(pages, to),
  );
  return directory;
}

test('lays the changed page over the pages of the bundle', async () => {
  const directory = await write('21000000', '21000000');
  expect(readlinkSync(join(directory, 'parent'))).toBe('base');
  expect(readdirSync(join(directory, 'base')).sort()).toEqual(['pagemap-7.img', 'pages-1.img']);
  const page = readFileSync(join(directory, 'pages-2.img'));
  expect(page.length).toBe(4096);
  expect(page.subarray(0x10, 0x14).toString('hex')).toBe('20000000');
  expect(page.filter(byte => byte === 0xaa).length).toBe(4092);
  const map = readImageSet(directory).images.find(({ file }) => file === 'pagemap-7.img');
  expect(map?.form === 'records' && map.records.map(({ message }) => message)).toEqual([
    { pages_id: 2 },
    { vaddr: 0x1000n, compat_nr_pages: 0, flags: 1, nr_pages: 2n },
    { vaddr: 0x3000n, compat_nr_pages: 0, flags: 4, nr_pages: 1n },
  ]);
});

test('refuses a patch where something else lies', async () => {
  await expect(write('21000000', '14000000')).rejects.toMatchObject({
    code: 'patch-refused',
    facts: { found: '14000000', expected: '21000000' },
  });
});

test('a system file that is not there has no content', () => {
  expect(readPlainFile('/nowhere/ld.so')).toBeUndefined();
  expect(Buffer.from(readPlainFile('/proc/self/exe') ?? []).toString('latin1', 1, 4)).toBe('ELF');
});
