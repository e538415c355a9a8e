import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../src/image-format/criu/codec.js';
import type { WireMessage } from '../../src/image-format/criu/image-set.js';
import { codeOf } from './code-of.js';
import { arbitraryMessage, messageNames } from './criu-messages.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const vma: WireMessage = {
  start: 0x7ffd12345000n,
  end: 0xffffffffff601000n,
  pgoff: 0n,
  shmid: 0n,
  prot: 5,
  flags: 34,
  status: 513,
  fd: -1n,
};

describe('decode and encode', () => {
  it.each(messageNames)('%s survives, whatever it holds', name => {
    fc.assert(
      fc.property(arbitraryMessage(name), message => {
        const once = encode(name, message);
        const back = decode(name, once);
        expect(back).toStrictEqual(message);
        expect(hex(encode(name, back))).toBe(hex(once));
      }),
      { numRuns: 25 },
    );
  });

  it('writes fields in the order of their numbers, whatever the order in the object', () => {
    const turned = Object.fromEntries(Object.entries(vma).reverse());
    expect(hex(encode('vma_entry', turned))).toBe(hex(encode('vma_entry', vma)));
    expect(Object.keys(decode('vma_entry', encode('vma_entry', turned)))[0]).toBe('start');
  });

  it('writes negative 32-bit integers in ten bytes, as protobuf-c does', () => {
    const conf = { def_conf: [-1, 5] };
    expect(hex(encode('netns_entry', conf))).toBe('08ffffffffffffffffff010805');
    expect(decode('netns_entry', encode('netns_entry', conf))).toStrictEqual(conf);
  });

  it('writes signed 64-bit integers zigzag where the schema says so', () => {
    expect(hex(encode('vma_entry', vma)).endsWith('4001')).toBe(true);
  });

  it('packs what is declared packed', () => {
    const blocks = { block_sizes: [1, 300], total_payload_size: 5n, pages_per_block: 1 };
    expect(hex(encode('pagemap_blocks', blocks))).toBe('0a0301ac02' + '1005' + '1801');
  });

  it('keeps presence: a field with its default value is not an absent field', () => {
    const absent = decode('pagemap_entry', bytes('0800 1001'));
    const present = decode('pagemap_entry', bytes('0800 1001 1800'));
    expect('in_parent' in absent).toBe(false);
    expect(present.in_parent).toBe(false);
    expect(hex(encode('pagemap_entry', present))).toBe('080010011800');
  });

  it('keeps strings that are not UTF-8, byte for byte', () => {
    const fork = decode('cgroup_prop_entry', bytes('0a06 61ff c3a9 80 62 1200'));
    expect(fork.name).toBe('a\udcff\u00e9\udc80b');
    expect(hex(encode('cgroup_prop_entry', fork))).toBe('0a0661ffc3a980621200');
  });

  it('keeps fields that no release knows, in their places', () => {
    const unknown = bytes('0800 1001 3a02 0801 3805 9a06 0101 9806 07');
    const message = decode('pagemap_entry', unknown);
    expect(message).toMatchObject({ vaddr: 0n, compat_nr_pages: 1 });
    expect(hex(message['#7'] as Uint8Array)).toBe('3a0208013805');
    expect(hex(encode('pagemap_entry', message))).toBe(hex(unknown));
  });

  it('writes an unknown field between known ones', () => {
    const between = { ...decode('pagemap_head', bytes('0801')), '#2': bytes('1005') };
    expect(hex(encode('pagemap_head', between))).toBe('08011005');
  });
});

describe('what decode refuses', () => {
  const good = encode('vma_entry', vma);
  const refused: readonly (readonly [string, string, Uint8Array, string])[] = [
    ['a message cut short', 'vma_entry', good.subarray(0, good.length - 1), 'image-truncated'],
    ['an integer without an end', 'vma_entry', bytes('08ffffffffffffffffffffffff'), 'image-damaged'],
    ['a length beyond the end', 'cgroup_prop_entry', bytes('0aff01'), 'image-truncated'],
    ['a length of 4 GiB', 'cgroup_prop_entry', bytes('0affffffff0f'), 'image-truncated'],
    [
      'a nested message that runs over its end',
      'cgroup_prop_entry',
      bytes('0a0161 1201 62 1a03 0801'),
      'image-truncated',
    ],
    ['a required field that is missing', 'pagemap_entry', bytes('0800'), 'image-damaged'],
    ['a field that is there twice', 'pagemap_head', bytes('0801 0801'), 'image-damaged'],
    ['a field number 0', 'pagemap_head', bytes('0801 00'), 'image-damaged'],
    ['a group', 'pagemap_head', bytes('0801 13 14'), 'image-damaged'],
  ];
  it.each(refused)('%s', (_, name, raw, code) => {
    expect(codeOf(() => decode(name, raw))).toBe(code);
  });

  it('messages nested without end', () => {
    let nested: WireMessage = { dir_name: 'd' };
    for (let i = 0; i < 90; i++) nested = { dir_name: 'd', children: [nested] };
    const bearable = encode('cgroup_dir_entry', nested);
    expect(decode('cgroup_dir_entry', bearable)).toStrictEqual(nested);
    let raw = encode('cgroup_dir_entry', { dir_name: 'd' });
    for (let i = 0; i < 2000; i++) {
      const inner = raw;
      const length = inner.length < 128 ? [inner.length] : [(inner.length & 127) | 128, inner.length >> 7];
      raw = new Uint8Array([0x0a, 1, 100, 0x12, ...length, ...inner]);
    }
    expect(codeOf(() => decode('cgroup_dir_entry', raw))).toBe('image-excessive');
  });
});

describe('what encode refuses', () => {
  const refused: readonly (readonly [string, WireMessage])[] = [
    ['a number where the schema has 64 bits', { ...vma, start: 1 }],
    ['a bigint where the schema has 32 bits', { ...vma, prot: 1n }],
    ['a negative unsigned integer', { ...vma, prot: -1 }],
    ['an integer of more than 32 bits', { ...vma, prot: 2 ** 32 }],
    ['a fraction', { ...vma, prot: 1.5 }],
    ['an integer of more than 64 bits', { ...vma, start: 2n ** 64n }],
    ['a field that no schema has', { ...vma, colour: 1 }],
    ['a required field that is missing', { start: 0n }],
    ['a list where one value belongs', { ...vma, prot: [1] }],
  ];
  it.each(refused)('%s', (_, message) => {
    expect(codeOf(() => encode('vma_entry', message))).toBe('image-unwritable');
  });

  it('a field that the release does not know', () => {
    const entry = { vaddr: 0n, compat_nr_pages: 0, nr_pages: 5n };
    expect(codeOf(() => encode('pagemap_entry', entry, '4.1.1'))).toBe('image-unwritable');
    expect(codeOf(() => encode('pagemap_entry', entry, '4.2.1'))).toBe('no error');
  });

  it('a message that the release does not have', () => {
    expect(
      codeOf(() => encode('pagemap_blocks', { total_payload_size: 0n, pages_per_block: 1 }, '4.2.1')),
    ).toBe('image-unwritable');
  });

  it('a string with half a surrogate pair', () => {
    expect(codeOf(() => encode('cgroup_prop_entry', { name: '\ud800', value: '' }))).toBe('image-unwritable');
  });
});
