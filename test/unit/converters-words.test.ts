/** What real dumps say, in words: no flag or kind is left a bare number. */
import { describe, expect, test } from 'vitest';
import { liftTree, writeFormat } from '../../src/converters/index.js';
import { flagsOf } from '../../src/converters/sections/mapping-status.js';
import { documentFromJson, makeDocument, type Tree } from '../../src/image-format/neutral/index.js';
import { imageSets, readSet, versionOf } from './converters-images.js';

/** Paths of the values that stand for a number without a name. */
function unnamed(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return /^(?:bit-\d+|#-?\d+)$/.test(value) ? [`${path} ${value}`] : [];
  if (Array.isArray(value)) return value.flatMap(item => unnamed(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => unnamed(inner, `${path}.${name}`));
}

const treeOf = (name: string): Tree => liftTree(readSet(name), { label: '0', criu: versionOf(name) }).tree;

test.each(imageSets)('%s has a name for every flag', name => {
  const { residue: _, ...tree } = JSON.parse(JSON.stringify(treeOf(name))) as Tree;
  expect([...new Set(unnamed(tree))]).toEqual([]);
});

describe.each(['3.17.1/rare', '4.3/rare'])('%s', name => {
  const tree = treeOf(name);
  const mappings = tree.memories.flatMap(memory => memory.mappings);
  const huge = mappings.filter(({ pageSize }) => pageSize !== undefined);

  test('says the size of huge pages', () => {
    expect(huge.map(({ flags, pageSize }) => [flags?.includes('huge-pages'), pageSize])).toContainEqual([
      true,
      String(2 << 20),
    ]);
    expect(new Set(huge.map(({ pageSize }) => pageSize)).size).toBe(1);
  });

  test.each(['3', '0', String(2n ** 64n)])('and takes none of %s bytes', pageSize => {
    const [mapping] = huge;
    if (mapping === undefined) throw new Error('the dump has changed');
    expect(() => flagsOf({ ...mapping, pageSize })).toThrowError(
      expect.objectContaining({ code: 'document-contradictory' }),
    );
  });
});

test('says how connections were locked, and said it otherwise in format 1', () => {
  const tree = treeOf('4.3/rare'); // dumped with --network-lock nftables
  expect(tree.capture?.networkLock).toBe('nftables');
  const origin = { kernel: '6.1', architecture: tree.architecture, checkpointer: tree.source };
  const { document } = writeFormat(makeDocument(origin, [tree]), 1);
  expect((document.trees as unknown as Tree[])[0]?.capture?.networkLock).toBe('iptables');
  expect(documentFromJson(JSON.stringify(document)).trees[0]?.capture?.networkLock).toBe('nftables');
});

test('says that a connection counts microseconds, and had no word for it in format 1', () => {
  const tree = treeOf('4.3/everything');
  const openFiles = tree.openFiles.map(file =>
    file.kind === 'inet-socket' && file.tcp !== undefined
      ? { ...file, tcp: { ...file.tcp, options: ['timestamps', 'microsecond-timestamps'] as const } }
      : file,
  );
  const optionsIn = (trees: unknown) =>
    (trees as Tree[])[0]?.openFiles.flatMap(file =>
      file.kind === 'inet-socket' ? (file.tcp?.options ?? []) : [],
    );
  const origin = { kernel: '6.1', architecture: tree.architecture, checkpointer: tree.source };
  const { document } = writeFormat(makeDocument(origin, [{ ...tree, openFiles } as Tree]), 1);
  expect(optionsIn(document.trees)).toContain('bit-6');
  const again = documentFromJson(JSON.stringify(document)).trees;
  expect(optionsIn(again)).toContain('microsecond-timestamps');
  expect(optionsIn(again)).not.toContain('bit-6');
});
