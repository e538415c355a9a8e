import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import { documentFromJson, documentToJson, FORMAT } from '../../src/image-format/neutral/index.js';
import { directoryOf, imageSets, membersOf, readSet, versionOf } from './converters-images.js';

describe.each(imageSets)('%s', name => {
  const criu = versionOf(name);
  const lifted = liftTree(readSet(name), { label: '0', criu });
  const document = {
    format: FORMAT,
    origin: { kernel: '6.18', architecture: lifted.tree.architecture, checkpointer: `criu ${criu}` },
    trees: [lifted.tree],
  } as const;

  test('the document survives JSON and is valid', () => {
    const text = documentToJson({ ...document, trees: [...document.trees] });
    expect(documentToJson(documentFromJson(text))).toBe(text);
  });

  test('every metadata image comes back byte for byte', () => {
    const { trees } = documentFromJson(documentToJson({ ...document, trees: [...document.trees] }));
    const [tree] = trees;
    if (tree === undefined) throw new Error('no tree');
    const lowered = lowerTree(tree, { target: { criu }, payload: membersOf(lifted.payloads) });
    expect(lowered.losses).toEqual([]);
    expect(lowered.images.images.map(({ file }) => file).sort()).toEqual(
      readdirSync(directoryOf(name)).sort(),
    );
    for (const image of lowered.images.images) {
      const bytes = readFileSync(join(directoryOf(name), image.file));
      expect(Buffer.compare(serialiseImage(image, lowered.release), bytes), image.file).toBe(0);
    }
  });
});
