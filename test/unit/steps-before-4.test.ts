/** Rules between CRIU 3.17.1 and 4.0, where images change in ways that no wire table says. */
import { describe, expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import { takingSteps, wireSteps } from '../../src/converters/steps/index.js';
import type { Loss } from '../../src/converters/steps/step.js';
import type { Image, WireMessage } from '../../src/image-format/criu/image-set.js';
import { membersOf } from '../support/members.js';
import { imageOf, readSet } from './converters-images.js';

function step(name: string) {
  const found = [...takingSteps, ...wireSteps].find(candidate => candidate.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  const down = (images: readonly Image[]) => {
    const losses: Loss[] = [];
    return { images: found.down(images, loss => losses.push(loss)), losses };
  };
  return { up: found.up, down };
}

describe('cgroup-properties', () => {
  const { up, down } = step('cgroup-properties');
  const cgroup = (...properties: WireMessage[]) =>
    imageOf('cgroup.img', 'cgroup', {
      controllers: [{ cnames: [''], dirs: [{ dir_name: 'a', children: [{ dir_name: 'b', properties }] }] }],
    });
  const control = (value: string) => ({ name: 'cgroup.subtree_control', value });
  const depth = { name: 'cgroup.max.depth', value: 'max' };

  test('an older CRIU writes what the kernel takes', () => {
    const newer = cgroup(control('cpu memory'), depth, { name: 'cgroup.type', value: 'domain' });
    const { images, losses } = down([newer]);
    expect(images).toEqual([cgroup(control('+cpu +memory'), depth)]);
    expect(losses).toEqual([]);
    expect(up(images)).toEqual([cgroup(control('cpu memory'), depth)]);
  });

  test('nothing is written where nothing was on', () => {
    expect(down([cgroup(control(''))]).images).toEqual([cgroup(control(''))]);
  });
});

describe('thread-cgroups', () => {
  const { up, down } = step('thread-cgroups');
  const pstree = imageOf('pstree.img', 'pstree', { pid: 5, threads: [5, 6] });
  const core = (tid: number, cg_set: number) =>
    imageOf(`core-${tid}.img`, 'core', { mtype: 1, thread_core: { cg_set } });
  const set = (id: number, one: string, two: string) => ({
    id,
    ctls: [
      { name: '', path: two },
      { name: 'name=one', path: one },
    ],
  });
  const groups = (sets: readonly WireMessage[], one: WireMessage, two: WireMessage = {}) =>
    imageOf('cgroup.img', 'cgroup', {
      sets,
      controllers: [
        { cnames: [''], ...two },
        { cnames: ['name=one'], ...one },
      ],
    });
  const threaded = { is_threaded: true };
  const apart = [set(2, '/a', '/'), set(3, '/b', '/')];

  test('a thread in a cgroup of its own of version 1 goes where its leader is, and that is said', () => {
    const { images, losses } = down([pstree, core(5, 2), core(6, 3), groups(apart, threaded)]);
    expect(images).toEqual([pstree, core(5, 2), core(6, 3), groups(apart, {})]);
    expect(losses).toMatchObject([{ at: 'core-6.img', severity: 'degrading' }]);
    expect(losses[0]?.reason).toContain('name=one');
  });

  test('one that is apart in version 2 only stays, and so does the word for that', () => {
    const sets = [set(2, '/a', '/x'), set(3, '/a', '/y')];
    const { images, losses } = down([pstree, core(5, 2), core(6, 3), groups(sets, threaded, threaded)]);
    expect(images[3]).toEqual(groups(sets, {}, threaded));
    expect(losses).toEqual([]);
  });

  const saved = { dirs: [{ dir_name: 'a', children: [{ dir_name: 'b', properties: [{ name: 'tasks' }] }] }] };

  test('a newer CRIU is told that version 1 knows threads', () => {
    const older = [pstree, core(5, 2), core(6, 3), groups(apart, saved, saved)];
    expect(up(older)[3]).toEqual(groups(apart, { ...saved, ...threaded }, saved));
  });

  test('and not where the settings of cgroups were left alone', () => {
    const older = [pstree, core(5, 2), core(6, 3), groups(apart, { dirs: [{ dir_name: 'a' }] })];
    expect(up(older)).toEqual(older);
  });
});

describe('transparent-pages', () => {
  const { down } = step('transparent-pages');

  test.each([
    [true, 1],
    [false, 0],
  ])('what CRIU before 3.19 does not set again is lost: %s', (thp_disabled, count) => {
    const images = [imageOf('mm-1.img', 'mm', { thp_disabled })];
    const found = down(images);
    expect(found.images).toEqual(images);
    expect(found.losses).toHaveLength(count);
  });
});

describe('what a release does not bring back', () => {
  const set = readSet('3.17.1/everything');
  const images = set.images.map(image =>
    image.form === 'records' && (image.kind === 'mm' || image.kind === 'core')
      ? { ...image, records: image.records.map(record => ({ ...record, message: troubled(record.message) })) }
      : image,
  );
  const { tree, payloads } = liftTree({ ...set, images }, { label: '0', criu: '3.17.1' });

  /** No transparent huge pages, and a policy that children do not have. */
  function troubled(message: WireMessage): WireMessage {
    if (message.vmas !== undefined) return { ...message, thp_disabled: true };
    const thread = message.thread_core as WireMessage | undefined;
    return thread === undefined
      ? message
      : { ...message, thread_core: { ...thread, sched_policy: 0x4000_0000 } };
  }

  test.each([
    ['3.17.1', []],
    ['3.18', ['mm_entry.thp_disabled', 'thread_core_entry.sched_policy']],
    ['3.19', ['thread_core_entry.sched_policy']],
    ['4.0', []],
    ['4.3', []],
  ] as const)('is told of the release that the images are for: %s', (criu, fields) => {
    const lowered = lowerTree(tree, { target: { criu }, payload: membersOf(payloads) });
    for (const image of lowered.images.deferred) image.read();
    const told = new Set(lowered.losses.map(({ field }) => field));
    expect([...told].sort()).toEqual(fields);
  });

  // CRIU before 4.0 leaves the priority out where it does not know the policy
  test('nor does another release get a real-time policy without its priority', () => {
    const lone = images.map(image =>
      image.file === `core-${tree.root}.img` && image.form === 'records'
        ? { ...image, records: [{ message: { ...image.records[0]?.message, thread_core: fifo } }] }
        : image,
    );
    const lifted = liftTree({ ...set, images: lone }, { label: '0', criu: '3.17.1' });
    const lower = (criu: string) =>
      lowerTree(lifted.tree, { target: { criu }, payload: membersOf(lifted.payloads) });
    const policyIn = ({ images: { images: made } }: ReturnType<typeof lower>) => {
      const core = made.find(({ file }) => file === `core-${tree.root}.img`);
      return core?.form === 'records' ? core.records[0]?.message.thread_core : undefined;
    };
    const lowered = lower('4.0');
    expect(policyIn(lowered)).toMatchObject({ sched_policy: 0x4000_0000 });
    expect(lowered.losses).toContainEqual(expect.objectContaining({ field: 'threads.policy' }));
    expect(policyIn(lower('3.17.1'))).toMatchObject(fifo);
  });
  const fifo = { futex_rla: 0n, futex_rla_len: 0, sched_nice: 0, sched_policy: 0x4000_0001 };
});
