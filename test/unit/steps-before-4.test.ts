/** Rules between CRIU 3.17.1 and 4.0, where images change in ways that no wire table says. */
import { describe, expect, test } from 'vitest';
import { wireSteps } from '../../src/converters/steps/index.js';
import type { Loss } from '../../src/converters/steps/step.js';
import type { Image, WireMessage } from '../../src/image-format/criu/image-set.js';
import { imageOf } from './converters-images.js';

function step(name: string) {
  const found = wireSteps.find(candidate => candidate.name === name);
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

  test('a newer CRIU is told that version 1 knows threads', () => {
    const older = [pstree, core(5, 2), core(6, 3), groups(apart, {})];
    expect(up(older)[3]).toEqual(groups(apart, threaded));
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
