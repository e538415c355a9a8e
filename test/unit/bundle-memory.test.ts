import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hexDump, mappingTable } from '../../src/cli/render/show-memory.js';
import { shownMemory } from '../../src/cli/render/show-model.js';
import { describeFile } from '../../src/cli/render/show-words.js';
import { FrozenMemory, regionsOf, search } from '../../src/image-format/bundle/frozen-memory.js';
import type { Bundle } from '../../src/image-format/bundle/index.js';
import type { Mapping, Memory, OpenFile, Tree } from '../../src/image-format/neutral/index.js';
import { folder } from './bundle-support.js';

const PAGE = 4096;
const private_ = (start: string, end: string): Mapping => ({
  start,
  end,
  access: ['read', 'write'],
  sharing: 'private',
  backing: { kind: 'anonymous' },
});
const present = (start: string, count: number, at: number) => ({
  start,
  count,
  at,
  state: ['present' as const],
});

/** An address space of five mapped pages at 0x10000, of which the first two and the fourth are frozen, and a shared one. */
const memory = {
  layout: { stackStart: '0x14fff' },
  mappings: [
    private_('0x10000', '0x15000'),
    {
      ...private_('0x20000', '0x21000'),
      sharing: 'shared',
      backing: { kind: 'anonymous', segment: 'shared-1', offset: '0x1000' },
    },
  ],
  pages: {
    payload: 'memory/0/pages-1.img',
    runs: [present('0x10000', 2, 0), present('0x13000', 1, 2 * PAGE)],
  },
} as unknown as Memory;
const tree = {
  openFiles: [],
  remaps: [],
  pipes: [{ id: 'pipe-1', data: { payload: 'payload/0/pipes', at: 0, length: 12 } }],
  memfds: [],
  sharedMemories: [
    { id: 'shared-1', pages: { payload: 'memory/0/pages-2.img', runs: [present('0x0', 3, 0)] } },
  ],
} as unknown as Tree;

async function openMemory(contents: Buffer): Promise<FrozenMemory> {
  const path = await folder();
  await mkdir(join(path, 'memory', '0'), { recursive: true });
  await writeFile(join(path, 'memory/0/pages-1.img'), contents);
  await writeFile(join(path, 'memory/0/pages-2.img'), Buffer.alloc(3 * PAGE, 's'));
  const members = ['memory/0/pages-1.img', 'memory/0/pages-2.img'].map(member => ({ path: member }));
  return new FrozenMemory({ path, name: 'a', manifest: { members } } as unknown as Bundle, memory, tree);
}

describe('frozen memory', () => {
  it('knows which addresses have contents, those of shared segments where they are mapped', () => {
    expect(regionsOf(memory, tree)).toEqual([
      { start: 0x10000n, end: 0x12000n, payload: 'memory/0/pages-1.img', at: 0 },
      { start: 0x13000n, end: 0x14000n, payload: 'memory/0/pages-1.img', at: 2 * PAGE },
      { start: 0x20000n, end: 0x21000n, payload: 'memory/0/pages-2.img', at: PAGE },
    ]);
  });

  it('counts how much of each mapping is there', () => {
    const shown = shownMemory(memory, tree);
    expect(shown).toMatchObject({ mapped: 6 * PAGE, frozen: 4 * PAGE });
    expect(shown.mappings.map(one => one.frozen)).toEqual([3 * PAGE, PAGE]);
    expect(mappingTable(shown, {})).toContain(
      '000000020000-000000021000  rw-s   4.0 KiB   4.0 KiB  shared shared-1',
    );
  });

  it('reads what is there, and tells what is not', async () => {
    const frozen = await openMemory(Buffer.concat(['a', 'b', 'd'].map(letter => Buffer.alloc(PAGE, letter))));
    expect(Buffer.from((await frozen.read(0x10ffen, 0x11002n)) ?? []).toString()).toBe('aabb');
    expect(await frozen.read(0x11fffn, 0x12001n)).toBeUndefined();
    expect(await frozen.read(0x12000n, 0x12001n)).toBeUndefined();
    expect(await frozen.read(0xffffn, 0x10001n)).toBeUndefined();
    await frozen.close();
  });

  it.each([1, 3, 7, PAGE, 1 << 20])(
    'finds bytes wherever pieces of %i bytes are cut, and not across a hole',
    async limit => {
      const contents = Buffer.alloc(3 * PAGE);
      contents.write('needle', PAGE - 3);
      contents.write('needle', 0);
      contents.write('nee', 2 * PAGE - 3);
      contents.write('dle', 2 * PAGE);
      contents.write('aaaa', 2 * PAGE + 100);
      const frozen = await openMemory(contents);
      const places = async (text: string): Promise<bigint[]> => {
        const found: bigint[] = [];
        for await (const place of search(frozen, Buffer.from(text), limit)) found.push(place);
        return found;
      };
      expect(await places('needle')).toEqual([0x10000n, 0x10ffdn]);
      expect(await places('aa')).toEqual([0x13064n, 0x13065n, 0x13066n]);
      await frozen.close();
    },
  );

  it('is dumped in lines of sixteen bytes, with what lies between pieces said', () => {
    const dump = hexDump([
      { start: 0x10n, bytes: Buffer.from('0123456789abcdef~\u0001') },
      { start: 0x100n, bytes: Buffer.from([0, 255]) },
    ]);
    expect(dump.split('\n')).toEqual([
      '000000000010  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef',
      '000000000020  7e 01                                             ~.',
      '000000000022  (not in the bundle)',
      '000000000100  00 ff                                             ..',
    ]);
  });
});

describe('the words for open files', () => {
  const words = (file: object): string =>
    describeFile({ id: 'file-1', flags: [], ...file } as unknown as OpenFile, tree);
  it.each([
    [{ kind: 'regular', path: '/a', position: '0' }, '/a'],
    [{ kind: 'pipe', pipe: 'pipe-1' }, 'pipe-1, 12 B unread'],
    [
      { kind: 'inet-socket', protocol: 'tcp', state: 'listening', localPort: 80, peerPort: 0 },
      'tcp *:80, listening',
    ],
    [
      {
        kind: 'inet-socket',
        protocol: 'tcp',
        state: 'established',
        localAddress: '::1',
        localPort: 1,
        peerAddress: '::2',
        peerPort: 2,
      },
      'tcp [::1]:1 to [::2]:2, established',
    ],
    [
      {
        kind: 'unix-socket',
        type: 'stream',
        inode: 7,
        state: 'listening',
        peer: 0,
        name: Buffer.from('\0abstract').toString('base64'),
      },
      'unix stream 7 @abstract, listening',
    ],
    [{ kind: 'epoll', targets: [{}, {}] }, 'epoll, watches 2 descriptors'],
    [
      { kind: 'timerfd', clock: 'monotonic', remaining: { seconds: '1', nanoseconds: '500000000' } },
      'timerfd monotonic, due in 1.5 s',
    ],
    [{ kind: 'memfd', memfd: 'memfd-9' }, 'memfd memfd-9'],
  ])('%j', (file, expected) => {
    expect(words(file)).toBe(expected);
  });
});
