/** .ckpt files from strangers: tar archives with every trick that leads out of a directory, and damaged ones. */
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importImages } from '../../src/conversion/import.js';
import { unpackBundle } from '../../src/image-format/bundle/archive.js';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { cases, MOST_MEMORY, OWNER, outcome, PATIENCE, Sandbox, writeDump } from './fuzz-support.js';

interface Entry {
  readonly path: string;
  /** Type flag of tar(5): 0 file, 1 hard link, 2 symbolic link, 3 and 4 devices, 5 directory, 6 FIFO, x and L headers. */
  readonly type: string;
  readonly link?: string;
  readonly body?: Uint8Array;
  /** What the header says, where that is not true. */
  readonly size?: number;
}

/** One entry as tar(5) has it: a header of 512 bytes with a checksum, and the contents in whole blocks. */
function entryBytes({ path, type, link = '', body = new Uint8Array(), size = body.length }: Entry): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write('0000600\x000000000\x000000000\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0        ', 136);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

const sandbox = new Sandbox();
afterAll(() => sandbox.remove());
let whole: Entry[] = [];

beforeAll(async () => {
  const images = sandbox.fresh('images');
  const store = sandbox.fresh('store');
  writeDump('4.2.1/sysv-ipc', images);
  await importImages({
    directory: images,
    store,
    name: 'it',
    digests: true,
    owner: OWNER,
    sign: unsigned,
    emit: () => {},
  });
  const root = join(store, 'it');
  whole = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort((a, b) => (a === 'manifest.json' ? -1 : b === 'manifest.json' ? 1 : a < b ? -1 : 1))
    .map(path =>
      lstatSync(join(root, path)).isDirectory()
        ? { path, type: '5' }
        : { path, type: '0', body: readFileSync(join(root, path)) },
    );
});

const evil = Buffer.from('evil');
const paxPath = (path: string): Entry => {
  const line = ` path=${path}\n`;
  const length = line.length + String(line.length + 2).length;
  return { path: 'x', type: 'x', body: Buffer.from(`${length}${line}`) };
};

/** Entries that would write, or lead, outside. Several of them belong together. */
const TRICKS: readonly (readonly Entry[])[] = [
  [{ path: '../evil', type: '0', body: evil }],
  [{ path: '../../evil', type: '0', body: evil }],
  [{ path: 'memory/../../evil', type: '0', body: evil }],
  [{ path: '/tmp/ckpt-fuzz-evil', type: '0', body: evil }],
  [
    { path: 'payload/0', type: '2', link: '../../..' },
    { path: 'payload/0/evil', type: '0', body: evil },
  ],
  [
    { path: 'payload', type: '2', link: '..' },
    { path: 'payload/evil', type: '0', body: evil },
  ],
  [{ path: 'state.json', type: '1', link: '../../secret' }],
  [{ path: 'state.json', type: '2', link: '/etc/passwd' }],
  [{ path: 'payload/0/pipe', type: '6' }],
  [{ path: 'payload/0/disk', type: '4' }],
  [{ path: 'payload/0/long', type: '0', body: evil, size: 2 ** 32 }],
  [paxPath('../evil'), { path: 'payload/0/fine', type: '0', body: evil }],
  [
    { path: 'x', type: 'L', body: Buffer.from('../evil\0') },
    { path: 'payload/0/fine', type: '0', body: evil },
  ],
  [{ path: `payload/0/${'a'.repeat(90)}`, type: '0', body: evil }],
  [{ path: 'manifest.json', type: '0', body: evil }],
  [{ path: 'payload/0/extra', type: '0', body: evil }],
];

const trick = fc.record({ entries: fc.constantFrom(...TRICKS), at: fc.nat() });
const damage = fc.record({
  at: fc.nat(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  how: fc.constantFrom('set', 'cut', 'insert'),
});

test('a forged .ckpt file is refused by name or taken, and nothing is written elsewhere', {
  timeout: PATIENCE,
}, async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(trick, { maxLength: 2 }),
      fc.array(damage, { maxLength: 2 }),
      async (tricks, damages) => {
        const store = sandbox.fresh('store');
        const place = sandbox.fresh('place');
        let entries: readonly Entry[] = whole;
        for (const { entries: added, at } of tricks) {
          const cut = at % (entries.length + 1);
          entries = [...entries.slice(0, cut), ...added, ...entries.slice(cut)];
        }
        let bytes: Buffer = Buffer.concat([...entries.map(entryBytes), Buffer.alloc(1024)]);
        for (const { at, bytes: other, how } of damages) {
          // most of an archive is pages: half of the damage goes to where the headers are
          const position = at % (at % 2 === 0 ? bytes.length : Math.min(bytes.length, 8192));
          const after = how === 'insert' ? position : position + other.length;
          bytes =
            how === 'cut'
              ? bytes.subarray(0, position)
              : Buffer.concat([bytes.subarray(0, position), other, bytes.subarray(after)]);
        }
        const file = join(place, 'it.ckpt');
        writeFileSync(file, bytes);
        const top = sandbox.top();
        const result = await outcome(() => unpackBundle(file, store, OWNER, async () => {}));
        outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
        expect(sandbox.top()).toEqual(top);
        expect(readdirSync(place)).toEqual(['it.ckpt']);
        expect(readdirSync(store)).toEqual(result === 'ok' ? ['it'] : []);
        expect(readFileSync(join(sandbox.path, 'secret'), 'utf8')).toBe('not yours');
        expect(existsSync('/tmp/ckpt-fuzz-evil')).toBe(false);
      },
    ),
    { numRuns: cases(120) },
  );
  expect(outcomes.get('ok')).toBeGreaterThan(0);
  expect(outcomes.get('archive-invalid')).toBeGreaterThan(0);
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MOST_MEMORY);
});
