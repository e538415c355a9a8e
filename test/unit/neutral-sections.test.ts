/** Sections that another version, or another program, put into a document. */
import { expect, test } from 'vitest';
import { liftTree, lowerTree, refineTree } from '../../src/converters/index.js';
import {
  documentFromJson,
  documentToJson,
  foreignSections,
  makeDocument,
  SECTIONS,
  sectionsOf,
  tree as treeSchema,
} from '../../src/image-format/neutral/index.js';
import { HEAD } from '../../src/image-format/neutral/sections.js';
import { membersOf } from '../support/members.js';
import { allOf, readSet } from './converters-images.js';

const { tree, payloads } = liftTree(readSet('4.3/sysv-ipc'), { label: '0', criu: '4.3' });
const origin = { kernel: '6.18', architecture: tree.architecture, checkpointer: 'criu 4.3' };
const plain = makeDocument(origin, [tree]);
const foreign = { gpu: { queues: [1, 2, { deep: '__proto__' }] } };
const row = { name: 'gpu', version: 3, oldestReader: 2, critical: false };

/** The document with more fields in its tree, and more rows in its list of sections. */
function textWith(fields: object, ...rows: readonly object[]): string {
  const document = JSON.parse(documentToJson(plain)) as { sections: object[]; trees: object[] };
  return JSON.stringify({
    ...document,
    sections: [...document.sections, ...rows],
    trees: document.trees.map(one => ({ ...one, ...fields })),
  });
}

const refusedAs = (code: string, detail: object = {}) =>
  expect.objectContaining({
    code,
    ...(Object.keys(detail).length === 0 ? {} : { facts: expect.objectContaining(detail) }),
  });

test('every section of the schema has a row, and no row is without a section', () => {
  expect([...Object.keys(SECTIONS), ...HEAD].sort()).toEqual(Object.keys(treeSchema.shape).sort());
});

test('a document lists the sections that its trees have', () => {
  const names = plain.sections.map(({ name }) => name);
  expect(names).toEqual(Object.keys(SECTIONS).filter(name => name in tree));
});

test('an unknown section that is not critical is carried along untouched, and named', () => {
  const document = documentFromJson(textWith(foreign, row));
  const [read] = document.trees;
  if (read === undefined) throw new Error('no tree');
  expect(foreignSections(read)).toEqual(foreign);
  const { tree: refined } = refineTree(read);
  const again = makeDocument(document.origin, [refined], document.sections);
  expect(again.sections).toContainEqual(row);
  expect(foreignSections(documentFromJson(documentToJson(again)).trees[0] ?? tree)).toEqual(foreign);
  const lower = (one: typeof tree) =>
    allOf(lowerTree(one, { target: { criu: '4.3' }, payload: membersOf(payloads) }).images);
  expect(lower(refined)).toEqual(lower(tree));
});

test('an unknown section that is critical is refused by name', () => {
  expect(() => documentFromJson(textWith(foreign, { ...row, critical: true }))).toThrowError(
    refusedAs('section-unknown', { section: 'gpu' }),
  );
});

test('a section that is not listed is no section', () => {
  expect(() => documentFromJson(textWith(foreign))).toThrowError(refusedAs('document-invalid'));
});

test('a known section of a later version is taken as far as its oldest reader goes', () => {
  const rows = (oldestReader: number) => ({ name: 'pipes', version: 9, oldestReader, critical: false });
  expect(() => documentFromJson(textWith({}, rows(1)))).not.toThrow();
  expect(() => documentFromJson(textWith({}, rows(2)))).toThrowError(
    refusedAs('section-unknown', { section: 'pipes' }),
  );
});

test.each([
  ['pipes', 7],
  ['statistics', { made: 'up' }],
  ['label', '../..'],
  ['root', 'x'],
  ['pageFiles', null],
])('listing %s does not exempt it from the schema', (name, value) => {
  const listed = { name, version: 1, oldestReader: 1, critical: false };
  expect(() => documentFromJson(textWith({ [name]: value }, listed))).toThrowError(
    refusedAs('document-invalid'),
  );
});

test('rows of sections that no tree has any more are left out', () => {
  expect(sectionsOf([tree], [row])).toEqual(plain.sections);
});
