/** CRIU takes the first guard region of a list for its end. */
import { expect, test } from 'vitest';
import { lowerSpace } from '../../src/converters/sections/memory.js';
import type { Mapping, Memory } from '../../src/image-format/neutral/index.js';

const mapping = (start: number, more: Partial<Mapping> = {}): Mapping => ({
  start: `0x${start.toString(16)}`,
  end: `0x${(start + 0x1000).toString(16)}`,
  access: ['read'],
  sharing: 'private',
  backing: { kind: 'anonymous' },
  ...more,
});

function startsOf(...mappings: Mapping[]): readonly bigint[] {
  const memory = { id: 'memory-1', executable: 'file-1', layout: {}, auxiliaryVector: [], mappings };
  const { vmas } = lowerSpace(memory as unknown as Memory);
  return (vmas as readonly { start: bigint }[]).map(({ start }) => start);
}

test('guard regions stand behind all mappings, wherever the document has them', () => {
  const guard = { role: 'guard' } as const;
  expect(
    startsOf(
      mapping(0x2000),
      mapping(0x2000, guard),
      mapping(0x4000),
      mapping(0x4000, guard),
      mapping(0x6000),
    ),
  ).toEqual([0x2000n, 0x4000n, 0x6000n, 0x2000n, 0x4000n]);
});

test('other mappings stay in their order', () => {
  expect(startsOf(mapping(0x6000), mapping(0x2000))).toEqual([0x6000n, 0x2000n]);
});
