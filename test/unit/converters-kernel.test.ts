import { describe, expect, test } from 'vitest';
import { type Loss, liftTree, lowerTree, type PagePatch } from '../../src/converters/index.js';
import { elfSymbol } from '../../src/converters/kernel/elf.js';
import { kernelSteps } from '../../src/converters/kernel/index.js';
import type { KernelVersion } from '../../src/converters/kernel/step.js';
import type { Image, WireMessage } from '../../src/image-format/criu/image-set.js';
import type { Mapping, OpenFile, Tree } from '../../src/image-format/neutral/index.js';
import { bytesOf, membersOf } from '../support/members.js';
import { allOf, readSet } from './converters-images.js';

const LINKER = '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2';

/** A shared library with one symbol, as small as the format allows. */
function library(symbol: string, value: number): Uint8Array {
  const bytes = Buffer.alloc(0x400);
  bytes.writeUInt32BE(0x7f454c46, 0);
  bytes.set([2, 1, 1], 4);
  bytes.writeBigUInt64LE(0x40n, 0x20); // program headers
  bytes.writeBigUInt64LE(0x100n, 0x28); // section headers
  bytes.writeUInt16LE(0x38, 0x36);
  bytes.writeUInt16LE(1, 0x38);
  bytes.writeUInt16LE(0x40, 0x3a);
  bytes.writeUInt16LE(2, 0x3c);
  bytes.writeUInt32LE(1, 0x40); // PT_LOAD at address 0
  bytes.writeUInt32LE(11, 0x104); // SHT_DYNSYM, names in section 1
  bytes.writeBigUInt64LE(0x200n, 0x118);
  bytes.writeBigUInt64LE(24n, 0x120);
  bytes.writeUInt32LE(1, 0x128);
  bytes.writeUInt32LE(3, 0x144);
  bytes.writeBigUInt64LE(0x300n, 0x158);
  bytes.writeUInt32LE(1, 0x200);
  bytes.writeUInt16LE(1, 0x206);
  bytes.writeBigUInt64LE(BigInt(value), 0x208);
  bytes.writeBigUInt64LE(4n, 0x210);
  bytes.write(`\0${symbol}\0`, 0x300);
  return bytes;
}

describe('ELF symbols', () => {
  test('are found by their whole name', () => {
    expect(elfSymbol(library('__rseq_size', 0x2a10), '__rseq_size')).toEqual({ offset: 0x2a10, size: 4 });
    expect(elfSymbol(library('__rseq_size_t', 0x2a10), '__rseq_size')).toBeUndefined();
  });

  test('of damaged files do not exist', () => {
    const whole = library('__rseq_size', 0x2a10);
    for (let length = 0; length < whole.length; length += 7) {
      const found = elfSymbol(whole.subarray(0, length), '__rseq_size');
      expect(found === undefined || found.offset === 0x2a10).toBe(true);
    }
    expect(elfSymbol(Buffer.from('#!/bin/sh\nexit 0\n'), '__rseq_size')).toBeUndefined();
  });
});

function smallTree(more: Partial<Tree>): Tree {
  return {
    label: '0', source: 'criu 4.2.1', architecture: 'x86-64', root: 5, processes: [], memories: [], sharedMemories: [],
    signalTables: [], filesystems: [], descriptorTables: [], openFiles: [], pipes: [], fifos: [], terminals: [],
    memfds: [], ghostFiles: [], remaps: [], fileLocks: [], pageFiles: [], ...more,
  } as Tree; // biome-ignore format: one tree
}

function apply(
  name: string,
  tree: Tree,
  kernel: KernelVersion,
  readFile = (_: string): Uint8Array | undefined => undefined,
) {
  const step = kernelSteps.find(candidate => candidate.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  const losses: Loss[] = [];
  const patches: PagePatch[] = [];
  const result = step.apply(tree, {
    kernel,
    lost: loss => losses.push(loss),
    patch: patch => patches.push(patch),
    readFile,
  });
  return { tree: result, losses, patches };
}

describe('rseq-length', () => {
  const mapping = (start: string, end: string, offset?: string): Mapping => ({
    start, end, access: ['read'], sharing: 'private',
    backing: { kind: 'file', file: 'file-1', ...(offset === undefined ? undefined : { offset }) },
  }); // biome-ignore format: one mapping
  const memory = {
    id: 'memory-2',
    executable: 'file-2',
    mappings: [
      mapping('0x7f0000000000', '0x7f0000002000'),
      mapping('0x7f0000002000', '0x7f0000004000', '0x2000'),
    ],
    pages: {
      payload: 'memory/0/pages-3.img',
      runs: [{ start: '0x7f0000002000', count: 2, state: ['present'], at: 0x5000 }],
    },
  };
  const thread = (length: number) => ({
    tid: 5,
    restartableSequence: { address: '0x1000', length, signature: '0x53053053' },
  });
  const tree = (length: number) =>
    smallTree({
      processes: [{ pid: 5, parent: 0, group: 5, session: 5, memory: 'memory-2', threads: [thread(length)] }],
      memories: [memory as unknown as Tree['memories'][number]],
      openFiles: [{ id: 'file-1', kind: 'regular', position: '0', path: LINKER }],
    });
  const readFile = (path: string) => (path === LINKER ? library('__rseq_size', 0x2a10) : undefined);

  test('shortens the registration, and finds what glibc goes by', () => {
    const result = apply('rseq-length', tree(33), [6, 1], readFile);
    expect(result.losses).toEqual([]);
    expect(result.tree.processes[0]?.threads).toEqual([thread(32)]);
    expect(result.patches).toMatchObject([
      {
        pid: 5,
        address: '0x7f0000002a10',
        expected: '21000000',
        bytes: '20000000',
        location: { member: 'memory/0/pages-3.img', offset: 0x5a10 },
      },
    ]);
  });

  test('leaves alone what the kernel takes', () => {
    const before = tree(33);
    expect(apply('rseq-length', before, [6, 3], readFile)).toEqual({ tree: before, losses: [], patches: [] });
    const short = tree(32);
    expect(apply('rseq-length', short, [6, 1], readFile)).toEqual({ tree: short, losses: [], patches: [] });
  });

  test('says so when the word is not found', () => {
    const result = apply('rseq-length', tree(33), [5, 10]);
    expect(result.patches).toEqual([]);
    expect(result.losses).toMatchObject([{ severity: 'degrading', at: '/processes/0' }]);
  });

  test('patches an address space that processes share once', () => {
    const shared = tree(33);
    const [first] = shared.processes;
    if (first === undefined) throw new Error('no process');
    const both = { ...shared, processes: [first, { ...first, pid: 6 }] };
    expect(apply('rseq-length', both, [6, 1], readFile).patches).toHaveLength(1);
  });
});

describe('features that a kernel has or has not', () => {
  const anonymous = (more: Partial<Mapping>): Mapping => ({
    start: '0x1000', end: '0x2000', access: ['read'], sharing: 'private', backing: { kind: 'anonymous' }, ...more,
  }); // biome-ignore format: one mapping
  const withMapping = (mapping: Mapping) =>
    smallTree({ memories: [{ id: 'memory-2', mappings: [mapping] } as unknown as Tree['memories'][number]] });
  const socket = { id: 'file-1', kind: 'inet-socket', protocol: 'udp-lite' } as unknown as OpenFile;
  const group = (groupFlags: string) =>
    ({ id: 'file-1', kind: 'fanotify', groupFlags, marks: [] }) as unknown as OpenFile;
  const locked = {
    id: 'file-1',
    kind: 'unix-socket',
    options: { bufferLocks: ['send'] },
  } as unknown as OpenFile;
  const marked = (more: object) =>
    smallTree({
      openFiles: [
        {
          ...group('0x0'),
          marks: [{ scope: 'inode', flags: '0x0', events: ['open'], ignored: [], device: '8:1', ...more }],
        } as unknown as OpenFile,
      ],
    });
  const memfd = { id: 'memfd-1', seals: ['grow', 'execute'] } as unknown as Tree['memfds'][number];

  test.each([
    ['guard-regions', withMapping(anonymous({ role: 'guard' })), [6, 12], [6, 13], 'degrading'],
    ['droppable-memory', withMapping(anonymous({ sharing: 'droppable' })), [6, 10], [6, 11], 'harmless'],
    ['shadow-stacks', withMapping(anonymous({ role: 'shadow-stack' })), [6, 1], [6, 6], 'fatal'],
    ['udp-lite', smallTree({ openFiles: [socket] }), [7, 1], [7, 0], 'fatal'],
    ['fanotify-reports', smallTree({ openFiles: [group('0x81')] }), [5, 14], [5, 15], 'fatal'],
    ['fanotify-reports', smallTree({ openFiles: [group('0x1e00')] }), [5, 16], [5, 17], 'fatal'],
    ['fanotify-reports', smallTree({ openFiles: [group('0x2000')] }), [6, 12], [6, 13], 'fatal'],
    ['fanotify-reports', smallTree({ openFiles: [group('0x4000')] }), [6, 14], [6, 15], 'fatal'],
    ['fanotify-reports', marked({ flags: '0x200' }), [5, 18], [5, 19], 'fatal'],
    ['fanotify-reports', marked({ flags: '0x400' }), [5, 19], [6, 0], 'fatal'],
    // bits 15 and 28 have the names that they have for inotify
    ['fanotify-reports', marked({ events: ['ignored'] }), [5, 15], [5, 16], 'fatal'],
    ['fanotify-reports', marked({ events: ['mask-create'] }), [5, 16], [5, 17], 'fatal'],
    ['fanotify-reports', marked({ ignored: ['bit-20'] }), [6, 13], [6, 14], 'fatal'],
    ['executable-seal', smallTree({ memfds: [memfd] }), [6, 1], [6, 3], 'degrading'],
    ['buffer-locks', smallTree({ openFiles: [locked] }), [5, 10], [5, 14], 'harmless'],
    [
      'pid-descriptors',
      smallTree({ openFiles: [{ id: 'file-1', kind: 'pidfd' } as unknown as OpenFile] }),
      [5, 2],
      [5, 3],
      'fatal',
    ],
  ] as const)('%s', (name, tree, lacks, has, severity) => {
    expect(apply(name, tree, lacks).losses).toMatchObject([{ severity }]);
    const kept = apply(name, tree, has);
    expect(kept.losses).toEqual([]);
    expect(kept.tree).toBe(tree);
  });

  test('sockets lose the option itself, which an older kernel refuses even when it says nothing', () => {
    const unlocked = { ...locked, options: { sendBuffer: 1, bufferLocks: [] } } as unknown as OpenFile;
    const { tree, losses } = apply('buffer-locks', smallTree({ openFiles: [unlocked] }), [5, 10]);
    expect(tree.openFiles).toEqual([{ ...unlocked, options: { sendBuffer: 1 } }]);
    expect(losses).toEqual([]);
  });

  const scheduled = (policy: string, priority?: number) =>
    smallTree({
      processes: [
        { pid: 5, parent: 0, group: 5, session: 5, threads: [{ tid: 5, policy, priority }] },
      ] as unknown as Tree['processes'],
    });

  // SCHED_RESET_ON_FORK is 0x40000000
  test.each([
    ['ext', undefined, 'other'],
    ['#1073741831', undefined, '#1073741824'],
    ['fifo', undefined, 'other'],
    ['deadline', undefined, 'other'],
    ['#1073741826', undefined, '#1073741824'],
  ])('a policy that no CRIU can set again (%s) becomes the normal one', (policy, priority, other) => {
    const { tree, losses } = apply('scheduling-policy', scheduled(policy, priority), [7, 2]);
    expect(tree.processes[0]?.threads[0]?.policy).toBe(other);
    expect(losses).toMatchObject([{ severity: 'degrading', at: '/processes/0/threads/0' }]);
  });

  test.each([
    ['other', undefined],
    ['#1073741824', undefined],
    ['fifo', 5],
    ['#1073741826', 5],
  ])('a policy that CRIU sets again or refuses itself (%s) stays', (policy, priority) => {
    const before = scheduled(policy, priority);
    expect(apply('scheduling-policy', before, [7, 2])).toEqual({ tree: before, losses: [], patches: [] });
  });

  const connection = (timestamp: number, ...more: string[]) =>
    smallTree({
      openFiles: [
        { id: 'file-1', kind: 'inet-socket', tcp: { options: ['timestamps', ...more], timestamp } },
      ] as unknown as OpenFile[],
    });
  const timestampOn = (kernel: KernelVersion, tree: Tree) => {
    const { tree: fitted, losses } = apply('tcp-timestamp-unit', tree, kernel);
    const [file] = fitted.openFiles;
    return { timestamp: file?.kind === 'inet-socket' ? file.tcp?.timestamp : undefined, losses };
  };

  const passing = (kind: string, passSecurity = false) =>
    smallTree({
      openFiles: [
        { id: 'file-1', kind, options: { sendBuffer: 1, passCredentials: true, passSecurity } },
      ] as unknown as OpenFile[],
    });

  test.each(['inet-socket', 'packet-socket'])('a %s loses what it never could pass', kind => {
    const { tree, losses } = apply('passed-credentials', passing(kind), [6, 16]);
    expect(tree.openFiles).toEqual([{ id: 'file-1', kind, options: { sendBuffer: 1 } }]);
    expect(losses).toMatchObject([{ severity: 'harmless', at: '/openFiles/0' }]);
    const before = passing(kind, true);
    expect(apply('passed-credentials', before, [6, 15]).tree).toBe(before);
  });

  test.each(['unix-socket', 'netlink-socket'])('a %s keeps what it passes', kind => {
    const before = passing(kind);
    expect(apply('passed-credentials', before, [6, 16])).toEqual({ tree: before, losses: [], patches: [] });
  });

  test('a socket that was not set to pass anything loses nothing', () => {
    const options = { passCredentials: false, passSecurity: false };
    const openFiles = [{ id: 'file-1', kind: 'inet-socket', options } as unknown as OpenFile];
    const before = smallTree({ openFiles });
    expect(apply('passed-credentials', before, [6, 16])).toEqual({ tree: before, losses: [], patches: [] });
  });

  test('an odd TCP timestamp in milliseconds is made even, where the last bit means microseconds', () => {
    expect(timestampOn([6, 7], connection(1001))).toEqual({ timestamp: 1002, losses: [] });
    expect(timestampOn([6, 7], connection(0xffff_ffff))).toEqual({ timestamp: 0, losses: [] });
    expect(timestampOn([6, 6], connection(1001))).toEqual({ timestamp: 1001, losses: [] });
    const even = connection(1002);
    expect(apply('tcp-timestamp-unit', even, [6, 12]).tree).toBe(even);
  });

  test('TCP timestamps in microseconds stay what they are, and slow down on an older kernel', () => {
    const precise = connection(1001, 'microsecond-timestamps');
    expect(timestampOn([6, 7], precise)).toEqual({ timestamp: 1001, losses: [] });
    expect(timestampOn([6, 1], precise)).toMatchObject({
      timestamp: 1001,
      losses: [{ severity: 'degrading', at: '/openFiles/0' }],
    });
  });

  test('guard regions are left out, droppable memory stays', () => {
    expect(
      apply('guard-regions', withMapping(anonymous({ role: 'guard' })), [6, 1]).tree.memories[0]?.mappings,
    ).toEqual([]);
    const kept = apply('droppable-memory', withMapping(anonymous({ sharing: 'droppable' })), [6, 1]).tree;
    expect(kept.memories[0]?.mappings).toEqual([anonymous({})]);
  });
});

test('patched pages lie in a layer over the bundle', () => {
  const { tree, payloads } = liftTree(readSet('4.2.1/sysv-ipc'), { label: '0', criu: '4.2.1' });
  for (const { threads } of tree.processes) {
    for (const { restartableSequence } of threads) if (restartableSequence) restartableSequence.length = 33;
  }
  const linker = tree.openFiles.find(file => file.kind === 'regular' && file.path.includes('/ld-'));
  const base = tree.memories[0]?.mappings.find(
    ({ backing }) => backing.kind === 'file' && backing.file === linker?.id && backing.offset === undefined,
  );
  const run = tree.memories[0]?.pages?.runs.find(({ start }) => BigInt(start) > BigInt(base?.start ?? 0));
  if (run === undefined || base === undefined) throw new Error('the dump has no dynamic linker');
  const value = Number(BigInt(run.start) - BigInt(base.start)) + 0x110;
  const pages = new Uint8Array(Buffer.alloc(64 * 1024 * 1024, 0x55));
  const members = membersOf(payloads);
  const lowered = lowerTree(tree, {
    target: { criu: '4.1.1', kernel: '6.1.0' },
    payload: member => (member.startsWith('memory/') ? { in: 'memory', bytes: pages } : members(member)),
    readFile: () => library('__rseq_size', value),
  });
  expect(lowered.patches).toHaveLength(1);
  const pagemap = messages(allOf(lowered.images), `pagemap-${tree.root}.img`);
  const parent = messages(
    (lowered.layer?.parent ?? []).map(image => image.read()),
    `pagemap-${tree.root}.img`,
  );
  const pageCount = (list: readonly WireMessage[]) =>
    list.slice(1).reduce((sum, m) => sum + (m.compat_nr_pages as number), 0);
  expect(pageCount(pagemap)).toBe(pageCount(parent));
  const present = pagemap.slice(1).filter(({ flags }) => flags === 4);
  expect(present).toEqual([{ vaddr: BigInt(run.start), compat_nr_pages: 1, flags: 4 }]);
  expect(pagemap.slice(1).filter(({ flags }) => flags !== 4 && flags !== 1)).toEqual([]);
  const [page] = lowered.layer?.pages ?? [];
  expect(page?.file).toBe(`pages-${pagemap[0]?.pages_id as number}.img`);
  const content = Buffer.concat((page?.parts ?? []).map(bytesOf));
  expect(content.length).toBe(4096);
  expect(content.subarray(0x110, 0x114).toString('hex')).toBe('20000000');
  expect(content.filter(byte => byte === 0x55).length).toBe(4092);
});

function messages(images: readonly Image[], file: string): readonly WireMessage[] {
  const image = images.find(candidate => candidate.file === file);
  return image?.form === 'records' ? image.records.map(({ message }) => message) : [];
}
