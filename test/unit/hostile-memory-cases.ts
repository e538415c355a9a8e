/** Images and bundles that are well formed, and as large as they can be: each makes one part of them without end. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestBytes } from '../../src/image-format/bundle/digest.js';
import { encode } from '../../src/image-format/criu/codec.js';
import type { WireMessage } from '../../src/image-format/criu/image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';

export interface HostileCase {
  readonly name: string;
  /** Changes the images of a real dump, or the bundle made of it. */
  readonly make: (directory: string) => void;
}

const MILLION = 1_000_000;
const VMAS = 14;

/** A field of a message, so many times. */
function repeated(tag: number, message: Uint8Array, times: number): Buffer {
  const one = Buffer.concat([varint(tag * 8 + 2), varint(message.length), message]);
  return Buffer.alloc(one.length * times, one);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** A record as it stands in an image: its length, and its bytes. */
function framed(...parts: readonly Uint8Array[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([length, ...parts]);
}

/** An image with nothing in it but what it begins with. */
function empty(file: string, kind: string): Uint8Array {
  return serialiseImage({ file, kind, form: 'records', records: [] });
}

function rootOf(directory: string): string {
  const name = readdirSync(directory).find(file => /^mm-\d+\.img$/.test(file)) ?? '';
  return name.slice('mm-'.length, -'.img'.length);
}

/** The address space of the root, or of `pid`, with so many more mappings. */
function mappings(directory: string, more: WireMessage, unknown: Uint8Array, pid?: string): void {
  const root = rootOf(directory);
  const before = readFileSync(join(directory, `mm-${root}.img`));
  const vma = encode('vma_entry', {
    start: 0x7f00_0000_0000n,
    end: 0x7f00_0000_1000n,
    pgoff: 0n,
    shmid: 0n,
    prot: 3,
    flags: 34,
    status: 513,
    fd: -1n,
    ...more,
  });
  const many = repeated(VMAS, Buffer.concat([vma, unknown]), MILLION);
  writeFileSync(
    join(directory, `mm-${pid ?? root}.img`),
    Buffer.concat([before.subarray(0, 8), framed(before.subarray(12), many)]),
  );
}

const NONE = new Uint8Array();
/** A field that no release has. */
const UNKNOWN = Buffer.concat([varint(77 * 8), varint(1)]);

function records(directory: string, file: string, kind: string, record: Uint8Array, times: number): void {
  const before = readdirSync(directory).includes(file)
    ? readFileSync(join(directory, file))
    : empty(file, kind);
  const one = framed(record);
  writeFileSync(join(directory, file), Buffer.concat([before, Buffer.alloc(one.length * times, one)]));
}

export const hostileImages: readonly HostileCase[] = [
  { name: 'a million mappings', make: at => mappings(at, {}, NONE) },
  { name: 'a million mappings that no words are for', make: at => mappings(at, {}, UNKNOWN) },
  { name: 'a million guard regions', make: at => mappings(at, { status: 0x10000 }, NONE) },
  { name: 'an address space of nobody', make: at => mappings(at, {}, NONE, '99999') },
  {
    name: 'a million runs of pages',
    make: at => {
      const run = encode('pagemap_entry', { vaddr: 0x1000n, compat_nr_pages: 0, flags: 0, nr_pages: 1n });
      records(at, `pagemap-${rootOf(at)}.img`, 'pagemap', run, MILLION);
    },
  },
  {
    name: 'millions of unknown fields',
    make: at => {
      const file = join(at, `core-${rootOf(at)}.img`);
      const before = readFileSync(file);
      const many = Buffer.concat(
        Array.from({ length: 4 * MILLION }, (_, i) => varint((1000 + i) * 8)).flatMap(key => [
          key,
          varint(1),
        ]),
      );
      writeFileSync(file, Buffer.concat([before.subarray(0, 8), framed(before.subarray(12), many)]));
    },
  },
  {
    name: 'a quarter of a million open files',
    make: at => {
      const fown = { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 };
      const reg = { id: 7, flags: 0, pos: 0n, fown, name: '/x' };
      records(at, 'files.img', 'files', encode('file_entry', { type: 1, id: 7, reg }), MILLION / 4);
    },
  },
  {
    name: 'a million threads',
    make: at => {
      const pid = Number(rootOf(at));
      const threads = Array.from({ length: MILLION }, (_, i) => pid + i);
      writeFileSync(
        join(at, 'pstree.img'),
        serialiseImage({
          file: 'pstree.img',
          kind: 'pstree',
          form: 'records',
          records: [{ message: { pid, ppid: 0, pgid: pid, sid: pid, threads } }],
        }),
      );
    },
  },
  {
    name: 'a hundred thousand processes',
    make: at => {
      const entry = encode('pstree_entry', { pid: 7, ppid: 1, pgid: 1, sid: 1, threads: [7] });
      records(at, 'pstree.img', 'pstree', entry, MILLION / 10);
    },
  },
  {
    name: 'half a million semaphores and routes',
    make: at => records(at, 'netns-1.img', 'netns', NONE, MILLION / 2),
  },
];

/** The document of a bundle with some text put into it, and a manifest that agrees. */
function forged(bundle: string, change: (text: string) => string): void {
  const file = join(bundle, 'document.json');
  const bytes = Buffer.from(change(readFileSync(file, 'utf8')));
  writeFileSync(file, bytes);
  const at = join(bundle, 'manifest.json');
  const manifest = JSON.parse(readFileSync(at, 'utf8')) as { members: { path: string }[] };
  const members = manifest.members.map(member =>
    member.path === 'document.json'
      ? { path: member.path, size: bytes.length, digest: digestBytes(bytes) }
      : member,
  );
  writeFileSync(at, JSON.stringify({ ...manifest, members }));
}

/** More items at the beginning of a list of the tree. */
function more(list: string, item: string, times: number): (bundle: string) => void {
  const items = `${item},`.repeat(times);
  return bundle => forged(bundle, text => text.replace(`"${list}":[`, () => `"${list}":[${items}`));
}

const MAPPING =
  '{"start":"0x7f0000000000","end":"0x7f0000001000","access":["read"],"sharing":"private","backing":{"kind":"anonymous"}}';
const PROCESS = '{"pid":7,"parent":1,"group":1,"session":1,"threads":[]}';

export const hostileBundles: readonly HostileCase[] = [
  { name: 'a million mappings', make: more('mappings', MAPPING, MILLION) },
  {
    name: 'mappings of many forms',
    make: bundle =>
      forged(bundle, text =>
        text.replace(
          '"mappings":[',
          () =>
            `"mappings":[${Array.from({ length: MILLION / 4 }, (_, i) => MAPPING.replace('"read"', `"bit-${i}","bit-${i + 1}"`)).join()},`,
        ),
      ),
  },
  { name: 'two million mappings', make: more('mappings', MAPPING, 2 * MILLION) },
  { name: 'a million runs', make: more('runs', '{"start":"0x0","count":1,"state":[]}', MILLION) },
  {
    name: 'lists in lists',
    make: bundle =>
      forged(bundle, text =>
        text.replace(
          '"pageFiles"',
          () =>
            `"residue":{"fields":[{"image":"fs","file":"fs-1.img","record":0,"path":["x"],"value":[${'[],'.repeat(20 * MILLION)}[]]}]},"pageFiles"`,
        ),
      ),
  },
  {
    name: 'objects of all names',
    make: bundle =>
      forged(bundle, text =>
        text.replace(
          '"pageFiles"',
          () =>
            `"residue":{"fields":[{"image":"fs","file":"fs-1.img","record":0,"path":["x"],"value":[${Array.from({ length: MILLION / 2 }, (_, i) => `{"message":{"n${i}":0}}`).join()}]}]},"pageFiles"`,
        ),
      ),
  },
  { name: 'processes', make: more('processes', PROCESS, 250_000) },
  { name: 'signal tables', make: more('signalTables', '{"id":"signals-9","actions":[]}', 400_000) },
  {
    name: 'descriptor tables',
    make: more('descriptorTables', '{"id":"descriptors-9","entries":[]}', 400_000),
  },
  {
    name: 'open files',
    make: more('openFiles', '{"id":"file-9","kind":"external","flags":[]}', 400_000),
  },
  {
    name: 'a manifest without end',
    make: bundle => {
      const at = join(bundle, 'manifest.json');
      const text = readFileSync(at, 'utf8');
      writeFileSync(
        at,
        text.replace('"members":[', () => `"members":[${'[],'.repeat(2.5 * MILLION)}`),
      );
    },
  },
];
