import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderSchema } from '../../scripts/format-docs/render.js';
import { schemaChanges } from '../../scripts/format-docs/schema-changes.js';
import { liftTree, lowerTree, refineTree, writeFormat } from '../../src/converters/index.js';
import { downMigrations } from '../../src/converters/migrations/index.js';
import { stripPaths } from '../../src/converters/migrations/strip.js';
import type { Payload } from '../../src/image-format/criu/image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import {
  type Document,
  documentFromJson,
  documentToJson,
  FORMAT,
  makeDocument,
  type Tree,
} from '../../src/image-format/neutral/index.js';
import { migrations } from '../../src/image-format/neutral/migrations/index.js';
import { membersOf } from '../support/members.js';
import { allOf, directoryOf, imageSets, readSet, versionOf } from './converters-images.js';

const golden = new URL('../golden/documents/', import.meta.url).pathname;
const schemaOf = (format: number) => readFileSync(join(golden, `schemas/format-${format}.json`), 'utf8');

/** Bundles of an older format that were kept, as `format-1/4.3-sysv-ipc`. */
const bundles = readdirSync(golden)
  .filter(name => /^format-\d+$/.test(name))
  .flatMap(format => readdirSync(join(golden, format)).map(name => `${format}/${name}`));

/** The images that a kept bundle was lifted from. */
function imagesOf(bundle: string): string {
  const [version = '', ...program] = bundle.slice(bundle.indexOf('/') + 1).split('-');
  return directoryOf(`${version}/${program.join('-')}`);
}

function treeOf(document: Document): Tree {
  const [tree] = document.trees;
  if (tree === undefined) throw new Error('no tree');
  return tree;
}

function expectImages(tree: Tree, directory: string, payload: (member: string) => string | Payload): void {
  const { images, release, losses } = lowerTree(tree, { target: { criu: tree.source }, payload });
  expect(losses).toEqual([]);
  expect(
    allOf(images)
      .map(({ file }) => file)
      .sort(),
  ).toEqual(readdirSync(directory).sort());
  for (const image of allOf(images)) {
    const same = Buffer.compare(serialiseImage(image, release), readFileSync(join(directory, image.file)));
    expect(same, image.file).toBe(0);
  }
}

describe('the registry', () => {
  test('leads from every format to the next, without a gap', () => {
    expect(migrations.map(({ number, from, to }) => [number, from, to])).toEqual(
      Array.from({ length: FORMAT - 1 }, (_, i) => [i + 1, i + 1, i + 2]),
    );
  });

  test('has a way back for each step', () => {
    expect(downMigrations.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
  });

  test.each(migrations.map(({ from, name }) => [name, from] as const))(
    '%s is exercised by kept bundles',
    (_, from) => {
      expect(bundles.filter(bundle => bundle.startsWith(`format-${from}/`)).length).toBeGreaterThan(0);
    },
  );

  test.each(migrations.map(step => [step.name, step] as const))(
    '%s declares every change of the schema',
    (_, step) => {
      const { added, removed, changed } = schemaChanges(schemaOf(step.from), schemaOf(step.to));
      expect({
        added: [...added].sort(),
        removed: [...removed].sort(),
        changed: [...changed].sort(),
      }).toEqual({
        added: [...step.added].sort(),
        removed: [...step.removed].sort(),
        changed: [...step.changed].sort(),
      });
    },
  );

  test('the schema of the current format is the released one', () => {
    const why = 'a change of the schema needs a new format and a migration';
    expect(schemaChanges(schemaOf(FORMAT), renderSchema()), why).toEqual({
      added: [],
      removed: [],
      changed: [],
    });
  });
});

describe.each(bundles)('kept bundle %s', bundle => {
  const directory = join(golden, bundle);
  const text = readFileSync(join(directory, 'document.json'), 'utf8');
  const payload = (member: string) => join(directory, member);

  test('is read, and gives the images that it was made of', () => {
    expectImages(treeOf(documentFromJson(text)), imagesOf(bundle), payload);
  });

  test('gains words for what was residue, and loses nothing by it', () => {
    const before = treeOf(documentFromJson(text));
    const { tree, payloads } = refineTree(before);
    expect(JSON.stringify(tree.residue ?? {}).length).toBeLessThan(
      JSON.stringify(before.residue ?? {}).length,
    );
    const made = membersOf(payloads);
    expectImages(tree, imagesOf(bundle), member => {
      const file = payload(member);
      return existsSync(file) ? file : made(member);
    });
  });
});

describe.each(imageSets)('%s in older formats', name => {
  const { tree, payloads } = liftTree(readSet(name), { label: '0', criu: versionOf(name) });
  const origin = { kernel: '6.18', architecture: tree.architecture, checkpointer: tree.source };

  test.each(migrations.map(({ from }) => from))('survives format %i and the way back', format => {
    const document = makeDocument(origin, [tree]);
    const older = writeFormat(document, format);
    expect(older.document.format).toBe(format);
    const later = migrations.filter(({ from }) => from >= format).flatMap(({ added }) => added);
    expect(stripPaths(older.document, later)).toEqual(older.document);
    const again = documentFromJson(documentToJson(older.document as Document));
    const members = membersOf([...payloads, ...older.payloads]);
    const empty: Payload = { in: 'memory', bytes: new Uint8Array() };
    expectImages(treeOf(again), directoryOf(name), member =>
      member.endsWith('/none') ? empty : members(member),
    );
  });
});

test('a newer format is refused by name', () => {
  const text = JSON.stringify({ format: FORMAT + 1, origin: {}, trees: [] });
  expect(() => documentFromJson(text)).toThrowError(
    expect.objectContaining({ code: 'document-format-unknown' }),
  );
});
