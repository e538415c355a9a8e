import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeJson } from '../../src/cli/frame/write-json.js';

function written(value: unknown): string[] {
  const pieces: string[] = [];
  writeJson(value, piece => pieces.push(piece));
  return pieces;
}

test('any value is written as JSON.stringify would write it', () => {
  fc.assert(
    fc.property(
      fc.object({
        withBigInt: true,
        values: [fc.string({ unit: 'binary' }), fc.double(), fc.constant(undefined)],
      }),
      value => {
        const decimal = (_: string, one: unknown): unknown =>
          typeof one === 'bigint' ? one.toString() : one;
        const expected = JSON.stringify(value, decimal, 2);
        const text = written(value).join('');
        expect(JSON.parse(text)).toEqual(JSON.parse(expected));
        // but for what a terminal would obey
        expect(
          text.replaceAll(/\\u00([789][0-9a-f])/g, (_, code) =>
            String.fromCharCode(Number.parseInt(code, 16)),
          ),
        ).toBe(
          expected.replaceAll(/\\u00([789][0-9a-f])/g, (_, code) =>
            String.fromCharCode(Number.parseInt(code, 16)),
          ),
        );
      },
    ),
  );
});

test('a long list comes in pieces, none of them long', () => {
  const list = Array.from({ length: 50_000 }, (_, at) => ({ at, none: undefined, text: 'a\u0085"' }));
  const pieces = written({ list });
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(200_000);
  expect(JSON.parse(pieces.join(''))).toEqual({ list: list.map(({ at, text }) => ({ at, text })) });
  expect(pieces.join('')).not.toContain('\u0085');
});
