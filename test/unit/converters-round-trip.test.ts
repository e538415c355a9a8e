import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import { documentFromJson, documentToJson, makeDocument } from '../../src/image-format/neutral/index.js';
import { membersOf } from '../support/members.js';
import { allOf, directoryOf, imageSets, readSet, versionOf } from './converters-images.js';

describe.each(imageSets)('%s', name => {
  const criu = versionOf(name);
  const lifted = liftTree(readSet(name), { label: '0', criu });
  const document = makeDocument(
    { kernel: '6.18', architecture: lifted.tree.architecture, checkpointer: `criu ${criu}` },
    [lifted.tree],
  );

  test('the document survives JSON and is valid', () => {
    const text = documentToJson(document);
    expect(documentToJson(documentFromJson(text))).toBe(text);
  });

  test('every metadata image comes back byte for byte', () => {
    const { trees } = documentFromJson(documentToJson(document));
    const [tree] = trees;
    if (tree === undefined) throw new Error('no tree');
    const lowered = lowerTree(tree, { target: { criu }, payload: membersOf(lifted.payloads) });
    expect(lowered.losses).toEqual([]);
    expect(
      allOf(lowered.images)
        .map(({ file }) => file)
        .sort(),
    ).toEqual(readdirSync(directoryOf(name)).sort());
    for (const image of allOf(lowered.images)) {
      const bytes = readFileSync(join(directoryOf(name), image.file));
      expect(Buffer.compare(serialiseImage(image, lowered.release), bytes), image.file).toBe(0);
    }
  });
});
