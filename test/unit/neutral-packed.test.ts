/** Long lists kept in few bytes: they look, and are written, like the lists that they stand for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import { liftMapping, lowerMapping } from '../../src/converters/sections/mappings.js';
import { MappingForms } from '../../src/converters/sections/packed-mappings.js';
import { packRuns } from '../../src/converters/sections/packed-runs.js';
import type { Image, WireMessage } from '../../src/image-format/criu/image-set.js';
import { scanImageSet } from '../../src/image-format/criu/read-image-set.js';
import { documentToJson, makeDocument } from '../../src/image-format/neutral/index.js';
import { JsonWriter } from '../../src/image-format/neutral/json-writer.js';
import { type PackedList, packedFields, withPacked } from '../../src/image-format/neutral/packed-list.js';
import { membersOf } from '../support/members.js';
import { allOf, directoryOf, imageSets, readSet, versionOf } from './converters-images.js';

function written(write: (to: JsonWriter) => void): string {
  const pieces: Buffer[] = [];
  const writer = new JsonWriter(piece => pieces.push(Buffer.from(piece)));
  write(writer);
  writer.end();
  return Buffer.concat(pieces).toString();
}
const textOf = (list: PackedList<unknown>): string => written(to => list.write(to));

const u64 = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.constantFrom(0n, 1n, 4096n, 2n ** 32n, 2n ** 53n));
const bits = (...some: readonly number[]) =>
  fc.subarray([...some]).map(list => list.reduce((a, b) => (a | b) >>> 0, 0));
const numbers = { start: u64, end: u64, pgoff: u64, prot: bits(1, 2, 4) };
const anyVma = fc.record(
  {
    ...numbers,
    shmid: u64,
    flags: bits(1, 2, 0x20, 0x100, 0x4000),
    status: bits(1, 2, 8, 0x40, 0x80, 0x100, 0x200, 0x400, 0x1000, 0x4000, 0x10000, 0x40000),
    fd: fc.constantFrom(-1n, 3n),
    madv: fc.constantFrom(0n, 0x4000n),
    fdflags: fc.constantFrom(0, 0o100000, 0o2),
    '#77': fc.constant(new Uint8Array([0xe8, 4, 1])),
  },
  { requiredKeys: ['start', 'end', 'pgoff', 'shmid', 'prot', 'flags', 'status', 'fd'] },
) as fc.Arbitrary<WireMessage>;
/** Such as CRIU writes: private memory, a private and a shared file, a shared segment. */
const likelyVma = fc
  .record({
    ...numbers,
    shmid: u64,
    fd: fc.constant(-1n),
    ...{
      form: fc.constantFrom(
        [0x201, 0x22, 0],
        [0x40201, 0x22, 0],
        [0x41, 2, 1],
        [0x81, 1, 1],
        [0x101, 0x21, 0],
      ),
    },
  })
  .map(({ form: [status, flags, file], ...rest }) => ({
    ...rest,
    status,
    flags,
    ...(file === 1 ? { fdflags: 0o100000 } : undefined),
  })) as fc.Arbitrary<WireMessage>;
const vma = fc.oneof({ arbitrary: likelyVma, weight: 6 }, { arbitrary: anyVma, weight: 1 });

describe('mappings', () => {
  test('are packed only when the document gives them back, and then are what they were', () => {
    let packed = 0;
    fc.assert(
      fc.property(fc.array(vma, { maxLength: 6 }), vmas => {
        const list = new MappingForms().pack(vmas);
        const mappings = vmas.map(liftMapping);
        const exact = vmas.every((one, i) => {
          const back = lowerMapping(mappings[i] ?? liftMapping(one));
          return (
            Object.keys(one).length === Object.keys(back).length &&
            Object.entries(one).every(([key, value]) => back[key] === value)
          );
        });
        expect(list !== undefined).toBe(exact);
        if (list === undefined) return;
        packed += vmas.length;
        expect(list.list()).toEqual(mappings);
        expect(textOf(list)).toBe(JSON.stringify(mappings));
      }),
      { numRuns: 500 },
    );
    expect(packed).toBeGreaterThan(0);
  });
});

describe('runs of pages', () => {
  const run = fc.record({
    vaddr: u64,
    compat_nr_pages: fc.constant(0),
    flags: bits(1, 2, 4),
    nr_pages: fc.oneof(fc.bigInt(0n, 1n << 20n), u64),
  });
  test('are written as they look', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), runs => {
        const list = packRuns(runs.map(message => ({ message })));
        const fits = Number.isSafeInteger(runs.reduce((sum, one) => sum + Number(one.nr_pages) * 4096, 0));
        expect(list !== undefined).toBe(fits);
        if (list !== undefined) expect(textOf(list)).toBe(JSON.stringify(list.list()));
      }),
    );
  });

  test('that say more are not packed', () => {
    const message = { vaddr: 0n, compat_nr_pages: 0, flags: 4, nr_pages: 1n };
    const packs = (more: object) => packRuns([{ message: { ...message, ...more } }]) !== undefined;
    expect(packs({})).toBe(true);
    expect([packs({ flags: 12 }), packs({ compat_nr_pages: 1 }), packs({ '#9': new Uint8Array() })]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('the writer', () => {
  test('writes numbers and text of any length as they are', () => {
    fc.assert(
      fc.property(
        u64,
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.string({ unit: 'binary' }),
        (wide, count, some) => {
          const text = Buffer.from(some).toString();
          const long = text.repeat(Math.ceil(300_000 / (text.length + 1)));
          const out = written(to => {
            to.hex(Number(wide >> 32n), Number(wide & 0xffffffffn));
            to.text('/');
            to.decimal(count);
            to.text(long);
          });
          expect(out === `${wide.toString(16)}/${count}${long}`).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('does not write a changed copy as the original', () => {
    const list: PackedList<number> = {
      list: () => [1],
      items: () => [1],
      length: 1,
      size: 1,
      write: to => to.text('[1]'),
    };
    const packed = withPacked({ id: 'memory-1' }, 'mappings', list);
    expect(packedFields(packed)).toBeDefined();
    expect(packedFields({ ...packed, mappings: [2] })).toBeUndefined();
    expect({ ...packed }).toEqual({ id: 'memory-1', mappings: [1] });
  });
});

describe.each(imageSets)('%s', name => {
  const criu = versionOf(name);
  const whole = liftTree(readSet(name), { label: '0', criu });
  const origin = { kernel: '6.18', architecture: whole.tree.architecture, checkpointer: `criu ${criu}` };

  test('is written piece by piece as JSON.stringify would write it', () => {
    const document = makeDocument(origin, [whole.tree]);
    expect(documentToJson(document) === `${JSON.stringify(document)}\n`).toBe(true);
  });

  test('gives the same document when its large images are read one by one', () => {
    const scanned = liftTree(scanImageSet(directoryOf(name)), { label: '0', criu });
    expect(JSON.stringify(scanned.tree) === JSON.stringify(whole.tree)).toBe(true);
  });
});

describe('large images that the document cannot say', () => {
  const set = readSet('4.3/sysv-ipc');
  const lift = (change: (image: Image) => Image) => {
    const images = set.images.map(change);
    const { tree, payloads } = liftTree({ ...set, images }, { label: '0', criu: '4.3' });
    const back = lowerTree(tree, { target: { criu: '4.3' }, payload: membersOf(payloads) });
    expect(allOf(back.images)).toEqual([...images].sort((a, b) => (a.file < b.file ? -1 : 1)));
    return tree.residue;
  };
  const within =
    (kind: string, change: (message: WireMessage) => WireMessage) =>
    (image: Image): Image =>
      image.kind !== kind || image.form !== 'records'
        ? image
        : {
            ...image,
            records: image.records.map((record, i) =>
              i === image.records.length - 1 ? { ...record, message: change(record.message) } : record,
            ),
          };

  test('a field of a mapping is carried with its place', () => {
    const residue = lift(
      within('mm', message => {
        const [first, ...others] = message.vmas as readonly WireMessage[];
        return { ...message, vmas: [{ ...first, fd: 7n }, ...others] };
      }),
    );
    expect(residue?.fields).toMatchObject([{ image: 'mm', path: ['vmas', 0, 'fd'], at: '/memories/0' }]);
  });

  test('a field of a run is carried with its place', () => {
    const residue = lift(within('pagemap', message => ({ ...message, flags: 12 })));
    expect(residue?.fields ?? []).toEqual([]);
    const more = lift(within('pagemap', message => ({ ...message, '#9': new Uint8Array([0x48, 1]) })));
    expect(more?.fields).toMatchObject([{ image: 'pagemap', path: ['#9'], at: '/memories/0/pages' }]);
  });

  test('an image that belongs to no process is carried whole', () => {
    const residue = lift(image => (image.kind === 'mm' ? { ...image, file: 'mm-1.img' } : image));
    expect(residue?.images?.map(({ file, absent }) => [file, absent])).toContainEqual([
      'mm-1.img',
      undefined,
    ]);
  });
});
