import { describe, expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import { fieldsToDecide } from '../../src/converters/steps/forgotten-fields.js';
import { forgottenFields } from '../../src/converters/steps/forgotten-table.js';
import {
  fromNewest,
  standsAlone,
  takingSteps,
  toNewest,
  wireSteps,
} from '../../src/converters/steps/index.js';
import type { Loss } from '../../src/converters/steps/step.js';
import { CRIU_VERSIONS, type Image, type WireMessage } from '../../src/image-format/criu/image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import { isOlder } from '../../src/versions.js';
import { membersOf } from '../support/members.js';
import { allOf, imageOf, imageSets, readSet, versionOf } from './converters-images.js';

function messageOf(images: readonly Image[], file: string, record = 0): WireMessage {
  const found = images.find(candidate => candidate.file === file);
  if (found?.form !== 'records') throw new Error(`no ${file}`);
  return found.records[record]?.message ?? {};
}

function down(name: string, images: readonly Image[]): { images: readonly Image[]; losses: Loss[] } {
  const step = [...takingSteps, ...wireSteps].find(candidate => candidate.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  const losses: Loss[] = [];
  return { images: step.down(images, loss => losses.push(loss)), losses };
}

function up(name: string, images: readonly Image[]): readonly Image[] {
  const step = [...takingSteps, ...wireSteps].find(candidate => candidate.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step.up(images);
}

describe('page-count', () => {
  const run = { vaddr: 0x1000n, compat_nr_pages: 0, flags: 4, nr_pages: 7n };

  test('moves the count to where an older CRIU reads it, and back', () => {
    const older = down('page-count', [imageOf('pagemap-1.img', 'pagemap', { pages_id: 1 }, run)]);
    expect(messageOf(older.images, 'pagemap-1.img', 1)).toEqual({
      vaddr: 0x1000n,
      compat_nr_pages: 7,
      flags: 4,
    });
    expect(messageOf(up('page-count', older.images), 'pagemap-1.img', 1)).toEqual(run);
  });

  test('refuses a count that does not fit', () => {
    const { losses } = down('page-count', [
      imageOf('pagemap-1.img', 'pagemap', { ...run, nr_pages: 1n << 33n }),
    ]);
    expect(losses).toMatchObject([{ severity: 'fatal', at: 'pagemap-1.img' }]);
  });
});

describe('fifo-writers', () => {
  const fifo = (id: number, regular: number) => ({
    type: 3,
    id,
    fifo: { id, pipe_id: 70, regf_id: regular },
  });
  const opened = (id: number, flags: number) => ({ type: 1, id, reg: { id, flags, name: '/run/x' } });
  const reader = { ...fifo(1, 2), fifo: { ...fifo(1, 2).fifo, wait_writer: true } };
  const plain = [fifo(1, 2), opened(2, 0o100000)];

  test('a reader whose writer is there loses nothing', () => {
    const writer = [fifo(3, 4), opened(4, 0o100001)];
    const { images, losses } = down('fifo-writers', [
      imageOf('files.img', 'files', reader, opened(2, 0o100000), ...writer),
    ]);
    expect(losses).toEqual([]);
    expect(images).toEqual([imageOf('files.img', 'files', ...plain, ...writer)]);
  });

  test('a reader that waits for its first writer is told that it has gone', () => {
    const { images, losses } = down('fifo-writers', [
      imageOf('files.img', 'files', reader, opened(2, 0o100000)),
    ]);
    expect(losses).toMatchObject([{ field: 'fifo_entry.wait_writer', severity: 'degrading' }]);
    expect(images).toEqual([imageOf('files.img', 'files', ...plain)]);
  });

  test('a reader whose writers have gone loses nothing', () => {
    const gone = { ...reader, fifo: { ...reader.fifo, wait_writer: false } };
    expect(down('fifo-writers', [imageOf('files.img', 'files', gone, opened(2, 0))]).losses).toEqual([]);
  });
});

describe('reset-on-fork', () => {
  const thread = (sched_policy: number) => imageOf('core-5.img', 'core', { thread_core: { sched_policy } });

  test.each([
    [0, 'harmless'],
    [1, 'degrading'],
    [2, 'degrading'],
  ])('is taken from the policy %i, and said', (policy, severity) => {
    const { images, losses } = down('reset-on-fork', [thread(0x4000_0000 + policy)]);
    expect(images).toEqual([thread(policy)]);
    expect(losses).toMatchObject([{ field: 'thread_core_entry.sched_policy', severity }]);
  });

  test('a plain policy stays', () => {
    expect(down('reset-on-fork', [thread(1)])).toEqual({ images: [thread(1)], losses: [] });
  });
});

describe('ping-groups', () => {
  const namespace = (...ipv4_sysctl: WireMessage[]) => imageOf('netns-9.img', 'netns', { ipv4_sysctl });
  const losses = (images: readonly Image[]) => {
    const found: Loss[] = [];
    fromNewest(images, '3.17.1', loss => found.push(loss));
    return found;
  };

  test('the default is written out for a CRIU that fails without it', () => {
    const { images } = down('ping-groups', [namespace({ type: 5, iarg: 0 })]);
    expect(images).toEqual([namespace({ type: 5, iarg: 0, sarg: '1\t0\n' })]);
    expect(losses([namespace({ type: 5 })])).toEqual([]);
  });

  test('another value stays, and is lost where CRIU does not know it', () => {
    const before = [namespace({ type: 5, sarg: '0\t100' })];
    expect(down('ping-groups', before).images).toEqual(before);
    expect(losses(before)).toMatchObject([{ field: 'netns_entry.ipv4_sysctl', severity: 'degrading' }]);
  });
});

describe('cgroup-set', () => {
  const pstree = imageOf('pstree.img', 'pstree', { pid: 5, threads: [5, 6] });
  const leader = imageOf('core-5.img', 'core', {
    mtype: 1,
    tc: { comm: 'x' },
    thread_core: { comm: 'x', cg_set: 2 },
  });
  const thread = (set: number) => imageOf('core-6.img', 'core', { mtype: 1, thread_core: { cg_set: set } });

  test('moves the set from the threads to the process, and back to every thread', () => {
    const older = down('cgroup-set', [pstree, leader, thread(2)]);
    expect(older.losses).toEqual([]);
    expect(messageOf(older.images, 'core-5.img')).toMatchObject({
      tc: { cg_set: 2 },
      thread_core: { comm: 'x' },
    });
    expect(messageOf(older.images, 'core-6.img').thread_core).toEqual({});
    const newer = up('cgroup-set', older.images);
    expect(newer).toEqual([pstree, leader, thread(2)]);
  });

  test('says that a thread in other cgroups than its leader moves', () => {
    const { losses } = down('cgroup-set', [pstree, leader, thread(3)]);
    expect(losses).toMatchObject([{ severity: 'degrading', at: 'core-6.img' }]);
  });
});

describe('tcp-options', () => {
  const socket = (tcp_opts: WireMessage) => ({
    type: 4,
    id: 1,
    isk: { id: 1, ino: 0xab, proto: 6, opts: { so_sndbuf: 1 }, tcp_opts },
  });
  const connection = imageOf('tcp-stream-ab.img', 'tcp-stream', { inq_len: 0 });

  test('moves the options to where an older CRIU has them, and back', () => {
    const set = { nodelay: true, keepcnt: 9, keepidle: 7200 };
    const older = down('tcp-options', [imageOf('files.img', 'files', socket(set)), connection]);
    expect(older.losses).toEqual([]);
    expect(messageOf(older.images, 'files.img').isk).toEqual({
      id: 1, ino: 0xab, proto: 6, opts: { so_sndbuf: 1, tcp_keepcnt: 9, tcp_keepidle: 7200 },
    }); // biome-ignore format: one socket
    expect(messageOf(older.images, 'tcp-stream-ab.img')).toEqual({ inq_len: 0, nodelay: true });
    const newer = up('tcp-options', older.images);
    expect(messageOf(newer, 'files.img')).toEqual(socket(set));
    expect(messageOf(newer, 'tcp-stream-ab.img')).toEqual({ inq_len: 0 });
  });

  test('says that a socket without a connection loses nodelay', () => {
    const { losses } = down('tcp-options', [imageOf('files.img', 'files', socket({ nodelay: true }))]);
    expect(losses).toMatchObject([{ severity: 'degrading', field: 'tcp_opts_entry.nodelay' }]);
  });
});

describe('mappings', () => {
  const vma = (status: number) => ({ start: 0x1000n, end: 0x2000n, status });

  test('guard regions go, and are reported', () => {
    const { images, losses } = down('guard-mappings', [
      imageOf('mm-1.img', 'mm', { vmas: [vma(0x201), vma(1 << 16)] }),
    ]);
    expect(messageOf(images, 'mm-1.img').vmas).toEqual([vma(0x201)]);
    expect(losses).toMatchObject([{ severity: 'degrading' }]);
  });

  test('the page of uprobes goes: the kernel makes it anew, and an older CRIU would map it', () => {
    const { images, losses } = down('guard-mappings', [
      imageOf('mm-1.img', 'mm', { vmas: [vma(0x201), vma((1 << 17) | 0x200)] }),
    ]);
    expect(messageOf(images, 'mm-1.img').vmas).toEqual([vma(0x201)]);
    expect(losses).toEqual([]);
  });

  test('the bit that only 4.3 has is cleared', () => {
    const { images, losses } = down('not-accounted-mappings', [
      imageOf('mm-1.img', 'mm', { vmas: [vma(0x40041)] }),
    ]);
    expect(messageOf(images, 'mm-1.img').vmas).toEqual([vma(0x41)]);
    expect(losses).toEqual([]);
  });
});

test.each(imageSets.flatMap(name => CRIU_VERSIONS.map(release => [name, release] as const)))(
  'images of %s that stand alone become those of %s one by one as they do together',
  (name, release) => {
    const images = toNewest(readSet(name).images, versionOf(name) as (typeof CRIU_VERSIONS)[number]);
    const together = new Map(fromNewest(images, release, () => {}).map(image => [image.file, image]));
    const alone = images.filter(({ kind }) => standsAlone(release)(kind));
    expect(alone.length).toBeGreaterThan(0);
    for (const image of alone) {
      expect(fromNewest([image], release, () => {})).toEqual([together.get(image.file)]);
    }
  },
);

test('every field that some release lacks has a verdict', () => {
  expect(fieldsToDecide().filter(field => forgottenFields[field] === undefined)).toEqual([]);
});

test('every verdict is about a field that some release lacks', () => {
  const decided = new Set(fieldsToDecide());
  expect(Object.keys(forgottenFields).filter(field => !decided.has(field))).toEqual([]);
});

describe('a document by another checkpointer', () => {
  const { tree, payloads } = liftTree(readSet('4.3/time-namespace'), { label: '0', criu: '4.3' });
  const { capture: _c, residue: _r, statistics: _s, seccompFilters: _f, namespaces: _n, ...rest } = tree;
  const processes = rest.processes.map(({ namespaces: _, threads, ...process }) => ({
    ...process,
    threads: threads.map(({ cgroups: __, ...thread }) => thread),
  }));
  const foreign = { ...rest, source: 'somebody else 1.0', processes };

  test.each(CRIU_VERSIONS)('becomes images of %s, with an inventory', criu => {
    const { images } = lowerTree(foreign, { target: { criu }, payload: membersOf(payloads) });
    for (const made of allOf(images)) serialiseImage(made, criu);
    const inventory = messageOf(images.images, 'inventory.img');
    expect(inventory).toMatchObject({ img_version: 2, fdinfo_per_id: true, ns_per_id: true });
    // no process of the tree may be taken for one that shares with the checkpointer
    const ids = messageOf(images.images, `ids-${tree.root}.img`);
    const root = inventory.root_ids as WireMessage;
    for (const kind of ['vm_id', 'files_id', 'fs_id', 'sighand_id']) expect(root[kind]).not.toBe(ids[kind]);
  });
});

describe.each(imageSets)('%s', name => {
  const set = readSet(name);
  const { tree, payloads } = liftTree(set, { label: '0', criu: versionOf(name) });

  test.each(CRIU_VERSIONS)('can be written for %s, which takes every field', criu => {
    const lowered = lowerTree(tree, { target: { criu }, payload: membersOf(payloads) });
    for (const made of allOf(lowered.images)) serialiseImage(made, criu);
    // a pidfd is in one of the dumps, and CRIU before 4.1 has none: that is refused, and nothing else
    const fatal = lowered.losses.filter(({ severity }) => severity === 'fatal').map(({ field }) => field);
    const pidfd = isOlder(criu, '4.1') && name.endsWith('kernel-objects');
    expect([...new Set(fatal)]).toEqual(pidfd ? ['file_entry.pidfd'] : []);
  });

  test.each(CRIU_VERSIONS)('loses nothing on the way up from %s', criu => {
    const older = fromNewest(toNewest(set.images, versionOf(name) as '4.3'), criu, () => {});
    expect(fromNewest(toNewest(older, criu), criu, () => {})).toEqual(older);
  });
});
