import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import { CkptError, fail } from '../../src/errors.js';
import { blamingDocument } from '../../src/image-format/criu/blame-document.js';
import {
  CRIU_VERSIONS,
  type Image,
  type ImageSet,
  type WireMessage,
  type WireValue,
} from '../../src/image-format/criu/image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import {
  checkDocument,
  documentFromJson,
  documentToJson,
  makeDocument,
} from '../../src/image-format/neutral/index.js';
import { membersOf } from '../support/members.js';
import { allOf, readSet } from './converters-images.js';
import { outcomeNow, placesOf, replaced, wild } from './fuzz-support.js';

const set = readSet('4.2.1/sysv-ipc');
const lifted = liftTree(set, { label: '0', criu: '4.2.1' });
const document = makeDocument(
  { kernel: '6.18', architecture: lifted.tree.architecture, checkpointer: 'criu 4.2.1' },
  [lifted.tree],
);
const text = documentToJson(document);
const payload = membersOf(lifted.payloads);

/** How often each answer came; a property in which all is refused, or nothing is, would say nothing. */
class Outcomes {
  private readonly seen = new Map<string, number>();

  of(work: () => void): void {
    const answer = outcomeNow(work);
    this.seen.set(answer, (this.seen.get(answer) ?? 0) + 1);
  }

  expectBoth(): void {
    const accepted = this.seen.get('ok') ?? 0;
    const refused = [...this.seen.values()].reduce((sum, count) => sum + count, 0) - accepted;
    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  }
}

describe('documents from strangers', () => {
  const places = placesOf(JSON.parse(text));

  test('with anything anywhere are refused by name, or lowered', () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(
        fc.nat(places.length - 1),
        wild,
        fc.constantFrom(...CRIU_VERSIONS),
        (index, value, criu) => {
          const changed = replaced(JSON.parse(text), places[index] ?? [], value);
          outcomes.of(() => {
            const [tree] = checkDocument(changed).trees;
            if (tree === undefined) return;
            const { images } = lowerTree(tree, { target: { criu, kernel: '6.1.0' }, payload });
            blamingDocument(() => {
              for (const image of allOf(images)) serialiseImage(image, criu);
            });
          });
        },
      ),
      { numRuns: 600 },
    );
    outcomes.expectBoth();
  });

  test('are to blame for what no image can hold, and for nothing else', () => {
    const throwing = (error: Error) => () =>
      blamingDocument(() => {
        throw error;
      });
    const unwritable = fail('image-unwritable', { where: 'core-1.img tc.state', detail: 'not a number' });
    expect(throwing(unwritable)).toThrow(expect.objectContaining({ code: 'document-contradictory' }));
    for (const other of [fail('store-filled', { store: '/srv' }), new RangeError('a bug')])
      expect(throwing(other)).toThrow(other);
  });

  test('cut short or with changed bytes are refused by name, or read', () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const damaged = cut
          ? text.slice(0, at)
          : text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        outcomes.of(() => {
          documentFromJson(damaged);
        });
      }),
      { numRuns: 800 },
    );
    outcomes.expectBoth();
  });

  test('nested without end are refused', () => {
    const deep = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    const field = (value: string) =>
      text.replace(
        '"pageFiles"',
        `"residue":{"fields":[{"image":"fs","file":"fs-1.img","record":0,"path":["x"],"value":${value}}]},"pageFiles"`,
      );
    expect(() => documentFromJson(field('1'))).not.toThrow();
    expect(() => documentFromJson(field(deep(50_000)))).toThrowError(CkptError);
  });

  test('a polluted prototype stays in its document', () => {
    const polluted = text.replace('"pageFiles"', '"__proto__":{"polluted":true},"pageFiles"');
    expect(outcomeNow(() => documentFromJson(polluted))).toBe('document-invalid');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

/** A payload without bytes is the same as none. */
function withoutEmpty(image: Image | undefined): Image | undefined {
  if (image?.form !== 'records') return image;
  const records = image.records.map(({ payload: own, ...record }) =>
    own === undefined || (own.in === 'memory' && own.bytes.length === 0)
      ? record
      : { ...record, payload: own },
  );
  return { ...image, records };
}

const wildWire: fc.Arbitrary<WireValue> = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
  fc.string(),
  fc.boolean(),
);

describe('images from strangers', () => {
  /** A value of the same type as the one that it stands in for: what a decoder can give. */
  function like(value: WireValue, wish: WireValue): WireValue {
    if (typeof value === 'number')
      return typeof wish === 'number'
        ? wish
        : Number(BigInt.asUintN(32, BigInt(typeof wish === 'bigint' ? wish : 7n)));
    if (typeof value === 'bigint') return typeof wish === 'bigint' ? wish : 0n;
    if (typeof value === 'string') return String(wish);
    if (typeof value === 'boolean') return !value;
    return value;
  }

  function change(message: WireMessage, pick: number, wish: WireValue): WireMessage {
    const keys = Object.keys(message);
    const key = keys[pick % Math.max(keys.length, 1)];
    const value = key === undefined ? undefined : message[key];
    if (key === undefined || value === undefined) return message;
    if (Array.isArray(value)) {
      const item = value[pick % Math.max(value.length, 1)] as WireValue | undefined;
      const list = value as readonly WireValue[];
      if (item === undefined) return message;
      const next =
        typeof item === 'object' && !(item instanceof Uint8Array)
          ? change(item as WireMessage, pick >>> 2, wish)
          : like(item, wish);
      return {
        ...message,
        [key]: list.map(other => (other === item ? next : other)) as readonly WireMessage[],
      };
    }
    if (typeof value === 'object' && !(value instanceof Uint8Array))
      return { ...message, [key]: change(value as WireMessage, pick >>> 2, wish) };
    return { ...message, [key]: like(value, wish) };
  }

  test('with any value in any field are lifted without loss', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(100_000), wildWire, (image, pick, wish) => {
        const index = image % set.images.length;
        const images = set.images.map((candidate, i) => {
          if (i !== index || candidate.form !== 'records') return candidate;
          const record = pick % candidate.records.length;
          return {
            ...candidate,
            records: candidate.records.map((own, n) =>
              n === record ? { ...own, message: change(own.message, pick, wish) } : own,
            ),
          };
        });
        const changed: ImageSet = { ...set, images };
        const { tree, payloads } = liftTree(changed, { label: '0', criu: '4.2.1' });
        const back = lowerTree(tree, { target: { criu: '4.2.1' }, payload: membersOf(payloads) });
        const bytes = (list: ImageSet['images']) => new Map(list.map(one => [one.file, one]));
        const again = bytes(allOf(back.images));
        for (const one of images) expect(withoutEmpty(again.get(one.file))).toEqual(withoutEmpty(one));
      }),
      { numRuns: 300 },
    );
  });

  test('with images missing or twice are lifted and lowered', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.boolean(), (image, twice) => {
        const index = image % set.images.length;
        const images = set.images.flatMap((one, i) => (i !== index ? [one] : twice ? [one, one] : []));
        const { tree, payloads } = liftTree({ ...set, images }, { label: '0', criu: '4.2.1' });
        lowerTree(tree, { target: { criu: '3.17.1' }, payload: membersOf(payloads) });
      }),
      { numRuns: 100 },
    );
  });
});
