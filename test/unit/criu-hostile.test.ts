/** Real dumps, damaged at random: always a failure with a code or a valid result, which is then written again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CkptError } from '../../src/errors.js';
import { kindOfFile } from '../../src/image-format/criu/kinds.js';
import { parseImage } from '../../src/image-format/criu/read-image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';

const golden = fileURLToPath(new URL('../golden/criu/', import.meta.url));
const files = readdirSync(golden, { recursive: true, encoding: 'utf8' })
  .filter(file => kindOfFile(file.split('/').at(-1) ?? '') !== undefined)
  .sort();

/** One change of some bytes: `at` and `length` are taken modulo what is there. */
interface Change {
  readonly how: 'set' | 'cut' | 'insert' | 'repeat' | 'grow';
  readonly at: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

const change: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom('set', 'cut', 'insert', 'repeat', 'grow'),
  at: fc.nat(),
  length: fc.nat({ max: 64 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      new Uint8Array([255, 255, 255, 255, 15]),
      new Uint8Array([255, 255, 255, 127]),
      new Uint8Array([128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1]),
      new Uint8Array([0, 0, 0, 0]),
    ),
  ),
});

function apply(original: Uint8Array, { how, at, length, bytes }: Change): Uint8Array {
  const start = original.length === 0 ? 0 : at % original.length;
  const [before, after] = [original.subarray(0, start), original.subarray(start)];
  switch (how) {
    case 'set':
      return Buffer.concat([before, bytes, after.subarray(bytes.length)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(length)]);
    case 'insert':
      return Buffer.concat([before, bytes, after]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, length), after]);
    case 'grow':
      return Buffer.concat([original, bytes]);
  }
}

it('10,000 damaged images of real dumps are refused by a code, or read and written as they are', {
  timeout: 60_000,
}, () => {
  const refused = new Map<string, number>();
  let read = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (path, changes) => {
        const file = path.split('/').at(-1) ?? '';
        const bytes = changes.reduce<Uint8Array>(apply, readFileSync(join(golden, path)));
        try {
          const image = parseImage(file, bytes);
          const again = serialiseImage(image);
          expect(serialiseImage(parseImage(file, again))).toEqual(again);
          read++;
        } catch (error) {
          if (!(error instanceof CkptError) || !error.code.startsWith('image-')) throw error;
          refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
        }
      },
    ),
    { numRuns: 10_000 },
  );
  // both must happen, or the damage was none or too much to prove anything
  expect(read).toBeGreaterThan(500);
  expect(refused.get('image-truncated')).toBeGreaterThan(500);
  expect(refused.get('image-damaged')).toBeGreaterThan(100);
  expect(refused.get('image-unwritable')).toBeUndefined();
});
