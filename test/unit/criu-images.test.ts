/** Framing of every kind, and what a directory of images may do to its reader. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Image, ImageRecord, ImageSet } from '../../src/image-format/criu/image-set.js';
import { kinds, type RecordsKind } from '../../src/image-format/criu/kinds.js';
import { parseImage, readImageSet } from '../../src/image-format/criu/read-image-set.js';
import { serialiseImage, writeImageSet } from '../../src/image-format/criu/write-image-set.js';
import { codeOf } from './code-of.js';
import { arbitraryMessage } from './criu-messages.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const fill = (length: number) => new Uint8Array(length).map((_, i) => i * 7);
const memory = (bytes: Uint8Array) => ({ in: 'memory', bytes }) as const;

const fileNames: Readonly<Record<string, string>> = { stats: 'stats-dump', 'irmap-cache': 'irmap-cache' };
const fileOf = (kind: { kind: string; ids: readonly string[] }) =>
  fileNames[kind.kind] ?? (kind.ids.includes('none') ? `${kind.kind}.img` : `${kind.kind}-7.img`);

const records = (file: string, kind: string, all: readonly ImageRecord[]): Image => ({
  file,
  kind,
  form: 'records',
  records: all,
});

const plain = kinds.filter(
  (kind): kind is Extract<typeof kind, RecordsKind> => kind.form === 'records' && kind.payload === undefined,
);

describe('an image of messages alone', () => {
  it.each(plain.map(kind => [kind.kind, kind] as const))('%s is read as it was written', (_, kind) => {
    const head = kind.head === undefined ? fc.constant([]) : fc.tuple(arbitraryMessage(kind.head));
    fc.assert(
      fc.property(head, fc.array(arbitraryMessage(kind.message, 1), { maxLength: 4 }), (first, rest) => {
        const all = [
          ...first.map(message => ({ type: kind.head ?? '', message })),
          ...(kind.head !== undefined && first.length === 0 ? [] : rest).map(message => ({ message })),
        ];
        const image = records(fileOf(kind), kind.kind, all);
        const bytes = serialiseImage(image);
        expect(parseImage(image.file, bytes)).toStrictEqual(image);
      }),
      { numRuns: 10 },
    );
  });
});

const desc = { key: 1, uid: 0, gid: 0, cuid: 0, cgid: 0, mode: 384, id: 0 };
const ghost = { uid: 0, gid: 0, mode: 33188 };
const tcp = { inq_seq: 1, outq_seq: 2, opt_mask: 0, snd_wscale: 7, mss_clamp: 1460 };

const withPayload: readonly (readonly [string, Image])[] = [
  [
    'pipe contents',
    records('pipes-data.img', 'pipes-data', [
      { message: { pipe_id: 1, bytes: 5 }, payload: memory(fill(5)) },
      { message: { pipe_id: 2, bytes: 0 } },
      { message: { pipe_id: 3, bytes: 70_000 }, payload: memory(fill(70_000)) },
    ]),
  ],
  [
    'fifo contents',
    records('fifo-data.img', 'fifo-data', [{ message: { pipe_id: 1, bytes: 3 }, payload: memory(fill(3)) }]),
  ],
  [
    'socket queues',
    records('sk-queues.img', 'sk-queues', [{ message: { id_for: 9, length: 4 }, payload: memory(fill(4)) }]),
  ],
  [
    'TCP queues',
    records('tcp-stream-4f.img', 'tcp-stream', [
      { message: { inq_len: 2, outq_len: 3, ...tcp }, payload: memory(fill(5)) },
    ]),
  ],
  [
    'a ghost file',
    records('ghost-file-1.img', 'ghost-file', [{ message: ghost, payload: memory(fill(99)) }]),
  ],
  ['an empty ghost file', records('ghost-file-1.img', 'ghost-file', [{ message: ghost }])],
  [
    'a ghost file in chunks',
    records('ghost-file-1f.img', 'ghost-file', [
      { message: { ...ghost, chunks: true, size: 900n } },
      { type: 'ghost_chunk_entry', message: { len: 4n, off: 0n }, payload: memory(fill(4)) },
      { type: 'ghost_chunk_entry', message: { len: 8n, off: 400n }, payload: memory(fill(8)) },
    ]),
  ],
  [
    'message queues',
    records('ipcns-msg-9.img', 'ipcns-msg', [
      { message: { desc, qbytes: 16384, qnum: 2 } },
      { type: 'ipc_msg', message: { mtype: 1n, msize: 5 }, payload: memory(fill(8)) },
      { type: 'ipc_msg', message: { mtype: 2n, msize: 16 }, payload: memory(fill(16)) },
      { message: { desc, qbytes: 16384, qnum: 0 } },
    ]),
  ],
  [
    'semaphores',
    records('ipcns-sem-9.img', 'ipcns-sem', [{ message: { desc, nsems: 5 }, payload: memory(fill(16)) }]),
  ],
  [
    'shared memory segments, old and new',
    records('ipcns-shm-9.img', 'ipcns-shm', [
      { message: { desc, size: 6n }, payload: memory(fill(8)) },
      { message: { desc, size: 6n, in_pagemaps: true } },
    ]),
  ],
  [
    'bpf maps',
    records('bpfmap-data.img', 'bpfmap-data', [
      { message: { map_id: 1, keys_bytes: 8, values_bytes: 16, count: 2 }, payload: memory(fill(24)) },
    ]),
  ],
  [
    'a dump of another tool',
    { file: 'iptables-9.img', kind: 'iptables', form: 'raw', content: memory(fill(300)) },
  ],
  ['an empty dump', { file: 'route-9.img', kind: 'route', form: 'raw', content: memory(fill(0)) }],
];

describe('an image with bytes outside protobuf', () => {
  it.each(withPayload)('%s', (_, image) => {
    const bytes = serialiseImage(image);
    expect(parseImage(image.file, bytes)).toStrictEqual(image);
    expect(hex(serialiseImage(parseImage(image.file, bytes)))).toBe(hex(bytes));
  });

  it.each(withPayload.filter(([, image]) => image.form === 'records'))(
    '%s, cut anywhere, is refused',
    (_, image) => {
      const bytes = serialiseImage(image);
      for (let length = 0; length < Math.min(bytes.length, 300); length++) {
        const cut = bytes.subarray(0, length);
        let found: Image | undefined;
        const code = codeOf(() => {
          found = parseImage(image.file, cut);
        });
        if (found === undefined) expect(['image-truncated', 'image-damaged']).toContain(code);
        // the format has no end marker: a file that ends where an entry ends is a shorter file
        else expect(hex(serialiseImage(found))).toBe(hex(cut));
      }
    },
  );

  it('is not written when message and payload contradict each other', () => {
    const wrong = records('pipes-data.img', 'pipes-data', [
      { message: { pipe_id: 1, bytes: 5 }, payload: memory(fill(6)) },
    ]);
    expect(codeOf(() => serialiseImage(wrong))).toBe('image-unwritable');
  });
});

describe('a directory of images', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ckpt-images-'));
    writeFileSync(join(folder, 'inventory.img'), serialiseImage(inventory));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const inventory = records('inventory.img', 'inventory', [{ message: { img_version: 2 } }]);

  it('is read without logs and with page payloads only listed', () => {
    writeFileSync(join(folder, 'dump.log'), 'text');
    writeFileSync(join(folder, 'pages-1.img'), new Uint8Array(8192));
    symlinkSync('../before', join(folder, 'parent'));
    expect(readImageSet(folder)).toStrictEqual({
      images: [inventory],
      pages: [{ file: 'pages-1.img', size: 8192 }],
      parent: '../before',
    });
  });

  it('leaves long payloads where they are, and copies them when it is written', () => {
    const big = withPayload[0]?.[1] as Image;
    const bytes = serialiseImage(big);
    writeFileSync(join(folder, big.file), bytes);
    const set = readImageSet(folder);
    const image = set.images.find(one => one.kind === 'pipes-data');
    expect(image?.form === 'records' && image.records.map(record => record.payload?.in)).toEqual([
      'memory',
      undefined,
      'file',
    ]);
    const out = mkdtempSync(join(folder, 'out-'));
    writeImageSet(out, set);
    expect(hex(readFileSync(join(out, big.file)))).toBe(hex(bytes));
    expect(statSync(join(out, big.file)).mode & 0o777).toBe(0o600);
  });

  it('of a size that no dump has is refused before it fills the memory', () => {
    // entries without a single field, which a namespace image may hold: 5 million of them in 20 MB
    const bytes = new Uint8Array(20_000_008);
    bytes.set(serialiseImage(records('netns-1.img', 'netns', [])));
    writeFileSync(join(folder, 'netns-1.img'), bytes);
    expect(codeOf(() => readImageSet(folder))).toBe('image-excessive');
    rmSync(join(folder, 'netns-1.img'));
    writeFileSync(join(folder, 'mm-1.img'), serialiseImage(records('mm-1.img', 'mm', [])));
    truncateSync(join(folder, 'mm-1.img'), 2 ** 40);
    expect(codeOf(() => readImageSet(folder))).toBe('image-excessive');
  });

  it('with a kind that nobody knows is refused, and the file is named', () => {
    writeFileSync(join(folder, 'spaceship-1.img'), 'x');
    expect(() => readImageSet(folder)).toThrow(join(folder, 'spaceship-1.img'));
    expect(codeOf(() => readImageSet(folder))).toBe('image-kind-unknown');
  });

  it('is never read through a link or from a device', () => {
    symlinkSync('/etc/passwd', join(folder, 'core-1.img'));
    expect(codeOf(() => readImageSet(folder))).toBe('image-not-a-file');
    rmSync(join(folder, 'core-1.img'));
    symlinkSync('/dev/zero', join(folder, 'pages-1.img'));
    expect(codeOf(() => readImageSet(folder))).toBe('image-not-a-file');
  });

  it.each([
    ['nothing at all', new Uint8Array(0), 'image-truncated'],
    ['half a magic number', fill(6), 'image-magic'],
    ['another magic number', new Uint8Array(16), 'image-magic'],
  ])('with an image that holds %s is refused', (_, bytes, code) => {
    writeFileSync(join(folder, 'core-1.img'), bytes);
    expect(codeOf(() => readImageSet(folder))).toBe(code);
  });

  it('without an inventory is no dump; a missing one is said to be missing', () => {
    rmSync(join(folder, 'inventory.img'));
    expect(codeOf(() => readImageSet(folder))).toBe('image-none');
    expect(codeOf(() => readImageSet(join(folder, 'nowhere')))).toBe('image-unreadable');
  });

  it.each(['../core-1.img', '/core-1.img', 'core-1.img/../x', 'evil', 'mm-1.img'])(
    'is never written as %s',
    file => {
      const set: ImageSet = { images: [records(file, 'core', [])], pages: [] };
      const out = mkdtempSync(join(folder, 'out-'));
      expect(codeOf(() => writeImageSet(out, set))).toBe('image-unwritable');
      expect(readdirSync(out)).toEqual([]);
    },
  );

  it('never overwrites a file', () => {
    expect(codeOf(() => writeImageSet(folder, { images: [inventory], pages: [] }))).toBe('image-exists');
  });
});
