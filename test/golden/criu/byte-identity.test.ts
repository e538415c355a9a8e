/**
 * Real dumps, read and written again: every metadata file must come out byte for byte. `CKPT_IMAGE_DIRS` adds folders
 * of dumps made elsewhere (in VMs, by users), separated by colons and searched to any depth.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CRIU_VERSIONS, type CriuVersion } from '../../../src/image-format/criu/image-set.js';
import { parseImage, readImageSet } from '../../../src/image-format/criu/read-image-set.js';
import { recogniseVersion } from '../../../src/image-format/criu/recognise-version.js';
import { serialiseImage, writeImageSet } from '../../../src/image-format/criu/write-image-set.js';

const golden = fileURLToPath(new URL('.', import.meta.url));
const elsewhere = (process.env.CKPT_IMAGE_DIRS ?? '').split(':').filter(folder => folder !== '');
const work = mkdtempSync(join(tmpdir(), 'ckpt-identity-'));
afterAll(() => rmSync(work, { recursive: true }));

function dumpsBelow(folder: string): readonly string[] {
  if (existsSync(join(folder, 'inventory.img'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(entry => dumpsBelow(join(folder, entry.name)));
}

/** The release that made a dump, where a folder above it is named for one. */
function releaseOf(folder: string): CriuVersion | undefined {
  return CRIU_VERSIONS.find(version => folder.split('/').includes(version));
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe.each([golden, ...elsewhere])('the dumps in %s', root => {
  const dumps = dumpsBelow(root).map(folder => [relative(root, folder) || basename(folder), folder] as const);

  it('are there', () => {
    expect(dumps.length).toBeGreaterThan(0);
  });

  it.each(dumps)('%s comes out as it went in', (name, folder) => {
    const set = readImageSet(folder);
    const version = releaseOf(folder);
    const out = mkdtempSync(join(work, name.replaceAll('/', '-')));
    writeImageSet(out, set, version === undefined ? {} : { version });
    expect(set.images.length).toBeGreaterThan(5);
    for (const image of set.images) {
      const original = readFileSync(join(folder, image.file));
      expect(hex(readFileSync(join(out, image.file))), image.file).toBe(hex(original));
      if (original.length < 1_000_000) {
        expect(hex(serialiseImage(parseImage(image.file, original))), image.file).toBe(hex(original));
      }
    }
  });

  const known = dumps.filter(([, folder]) => releaseOf(folder) !== undefined);
  if (known.length > 0) {
    it.each(known)('%s is recognised as its release', (_, folder) => {
      expect(recogniseVersion(readImageSet(folder))).toMatchObject({ candidates: [releaseOf(folder)], sure: 'certain' });
    });
  }
});
