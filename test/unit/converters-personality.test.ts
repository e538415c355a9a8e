/** What CRIU makes of /proc/PID/personality: hexadecimal digits, read as a decimal number. */
import { expect, test } from 'vitest';
import { liftTree, writeFormat } from '../../src/converters/index.js';
import { personality } from '../../src/converters/shapes/personality.js';
import { documentFromJson, makeDocument } from '../../src/image-format/neutral/index.js';
import { readSet } from './converters-images.js';

const ADDR_NO_RANDOMIZE = 0x40000;
const { tree } = liftTree(readSet('4.3/rare'), { label: '0', criu: '4.3' });
const found = (trees: readonly { processes: readonly { personality?: number | undefined }[] }[]) =>
  trees.flatMap(({ processes }) => processes.flatMap(process => process.personality ?? []));

test('a program without address randomisation says so', () => {
  expect(found([tree])).toEqual([ADDR_NO_RANDOMIZE]);
});

test.each([
  [40_000, 0x40000],
  [8, 8],
  [1_234_567, 0x1234567],
])('%i on the wire is %i, and back', (wire, value) => {
  expect(personality.lift(wire)).toBe(value);
  expect(personality.lower(value)).toBe(wire);
});

test('what CRIU cannot have read there is left to the residue, and letters end what it reads', () => {
  expect(personality.lift(4_000_000_000)).toBe(0);
  expect([0x40c, 0xc00000].map(value => personality.lower(value))).toEqual([40, 0]);
});

test('format 1 had the digits, and is read as what they mean', () => {
  const origin = { kernel: '6.1', architecture: tree.architecture, checkpointer: tree.source };
  const { document } = writeFormat(makeDocument(origin, [tree]), 1);
  expect(found(document.trees as unknown as Parameters<typeof found>[0])).toEqual([40_000]);
  expect(found(documentFromJson(JSON.stringify(document)).trees)).toEqual([ADDR_NO_RANDOMIZE]);
});
