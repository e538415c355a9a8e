/** What the machine that a tree came from had, and the one that it goes to has not. */
import { describe, expect, test } from 'vitest';
import { type Loss, liftTree, lowerTree, noWayBack } from '../../src/converters/index.js';
import { type MachineFacts, withMachine } from '../../src/converters/machine.js';
import { accountsIn, clocksNow, processorIn } from '../../src/host/machine.js';
import { origin, type Tree } from '../../src/image-format/neutral/index.js';
import { membersOf } from '../support/members.js';
import { allOf, readSet } from './converters-images.js';

const { tree, payloads } = liftTree(readSet('4.3/kernel-objects'), { label: '0', criu: '4.3' });
const payload = membersOf(payloads);
const names = (...pairs: readonly (readonly [number, string])[]) => new Map(pairs);
const there: MachineFacts = {
  processor: { name: 'Old', features: ['fpu', 'avx', 'avx2', 'rdseed', 'avx512f'] },
  users: names([0, 'root'], [104, 'redis'], [9999, 'nobody-here']),
  groups: names([0, 'root'], [106, 'redis']),
};

function losses(of: Tree, here: Partial<MachineFacts>): readonly Loss[] {
  const machine = { users: names(), groups: names(), ...here };
  const target = { criu: '4.3', kernel: '6.18', machine };
  return lowerTree(of, { target, payload }).losses;
}

/** The tree with something changed in its first thread. */
function withThread(change: (thread: Tree['processes'][number]['threads'][number]) => object): Tree {
  const processes = tree.processes.map((process, index) =>
    index > 0
      ? process
      : {
          ...process,
          threads: process.threads.map((thread, i) => (i === 0 ? { ...thread, ...change(thread) } : thread)),
        },
  );
  return { ...tree, processes };
}

const asRedis = withThread(({ credentials }) => ({
  credentials: { ...credentials, user: 104, supplementaryGroups: [106] },
}));

describe('names of users and groups', () => {
  test('stand beside the numbers that the tree mentions, and no others', () => {
    expect(withMachine(asRedis, there).machine).toMatchObject({
      users: [
        { id: 0, name: 'root' },
        { id: 104, name: 'redis' },
      ],
      groups: [
        { id: 0, name: 'root' },
        { id: 106, name: 'redis' },
      ],
    });
  });

  test('are none in a user namespace of its own', () => {
    const own: Tree = { ...asRedis, namespaces: [{ id: 'namespace-9', kind: 'user' }] };
    expect(withMachine(own, there).machine).toEqual({ processor: there.processor });
  });

  test('another name here is said, and changes nothing', () => {
    const frozen = withMachine(asRedis, { users: there.users, groups: there.groups });
    const here = { users: names([104, 'postgres']), groups: names([106, 'redis']) };
    expect(losses(frozen, here)).toMatchObject([
      {
        field: 'machine.users',
        severity: 'degrading',
        reason: expect.stringContaining('104 was redis and is postgres'),
      },
    ]);
    expect(losses(frozen, { users: names([104, 'redis']) })).toEqual([]);
    expect(losses(frozen, {})).toEqual([]);
    const images = (one: Tree) => allOf(lowerTree(one, { target: { criu: '4.3' }, payload }).images);
    expect(images(frozen)).toEqual(images(asRedis));
  });

  test('are read from passwd and group, the first of several', () => {
    const text = 'root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n# note\n+::::::\nwww:x:33:\nbad:x:-1:\n';
    expect([...accountsIn(text)]).toEqual([
      [0, 'root'],
      [33, 'www'],
    ]);
  });
});

test('the clocks are written as the format has them', () => {
  const now = clocksNow();
  expect(origin.shape.clocks.unwrap().parse(now)).toEqual(now);
  expect(Math.abs(Number(now.realtime) - Date.now() / 1000)).toBeLessThan(3600);
});

describe('the processor', () => {
  const frozen = withMachine(tree, there);

  test('instructions that libraries chose and that are not here are refused by name', () => {
    const here = { processor: { features: ['fpu', 'avx'] } };
    const [loss, ...more] = losses(frozen, here);
    expect(more).toEqual([]);
    expect(loss).toMatchObject({ field: 'machine.processor.features', severity: 'fatal' });
    // a kernel can hide rdseed where the processor has it
    expect(loss?.reason).toMatch(/: avx2, avx512f$/);
    expect(losses(frozen, { processor: { features: ['avx', 'avx2', 'avx512f', 'more'] } })).toEqual([]);
  });

  test('what glibc saves registers with is an instruction, too, and what kernels hide is none', () => {
    const had = ['fpu', 'xsavec', 'rdrand', 'rdseed', 'rtm'];
    const started = withMachine(tree, { ...there, processor: { features: had } });
    const [loss, ...more] = losses(started, { processor: { features: ['fpu'] } });
    expect(more).toEqual([]);
    expect(loss?.reason).toMatch(/: xsavec$/);
    // a bundle that does not say that they were there is taken as it was
    const older = withMachine(tree, { ...there, processor: { features: ['fpu'] } });
    expect(losses(older, { processor: { features: ['fpu'] } })).toEqual([]);
  });

  test('says nothing where one side is not known', () => {
    expect(losses(tree, { processor: { features: ['fpu'] } })).toEqual([]);
    expect(losses(frozen, {})).toEqual([]);
  });

  const registers = (more: object) =>
    withThread(({ x86 }) => ({
      x86: { ...x86, floatingPoint: { ...x86?.floatingPoint, extended: { features: '0x3', ...more } } },
    }));
  const plain = { processor: { features: ['fpu', 'avx'] } };

  test.each([
    ['AVX-512 registers', '0x67', 'avx512f'],
    ['a shadow stack', '0x803', 'user_shstk'],
  ])('%s in use are refused by name', (what, features, flag) => {
    const used = registers({ features });
    expect(losses(used, plain)).toMatchObject([{ severity: 'fatal', reason: expect.stringContaining(what) }]);
    expect(losses(used, { processor: { features: ['avx', flag] } })).toEqual([]);
  });

  test.each(['0x20003', '0x40003'])('AMX tiles in use (%s) come back on no processor', features => {
    const used = registers({ features });
    const here = { processor: { features: ['avx', 'amx_tile'] } };
    expect(losses(used, here)).toMatchObject([
      { severity: 'fatal', reason: expect.stringContaining('AMX tiles') },
    ]);
    expect(losses(used, {})).toMatchObject([{ severity: 'fatal' }]);
    expect(noWayBack(used, '6.18.4', { users: names(), groups: names(), ...here })).toMatchObject({
      reason: expect.stringContaining('AMX tiles'),
    });
    expect(noWayBack(tree, '6.18.4', { users: names(), groups: names(), ...here })).toBeUndefined();
  });

  test('a connection over link-local addresses is frozen only where it is closed', () => {
    const dump = liftTree(readSet('4.3/everything'), { label: '0', criu: '4.3' }).tree;
    const socket = dump.openFiles.find(file => file.kind === 'inet-socket' && file.tcp !== undefined);
    expect(socket).toBeDefined();
    const of = (change: object): Tree =>
      ({ ...dump, openFiles: [{ ...socket, family: 'inet6', ...change }] }) as Tree;
    const noWay = (change: object) => noWayBack(of(change), '6.18.4', { users: names(), groups: names() });
    const ends = { localAddress: 'fe80::1', peerAddress: 'fe80::2', interface: 'eth0' };
    expect(noWay(ends)).toMatchObject({ reason: expect.stringContaining('fe80::1 – fe80::2') });
    expect(noWay({ ...ends, localAddress: '2001:db8::1' })).toMatchObject({ severity: 'fatal' });
    expect(noWay({ ...ends, tcp: undefined })).toBeUndefined();
    expect(noWay({ localAddress: '2001:db8::1', peerAddress: '2001:db8::2' })).toBeUndefined();
  });

  test('a mapped shadow stack needs the kernel and the processor', () => {
    const [memory, ...others] = tree.memories;
    const [mapping, ...mappings] = memory?.mappings ?? [];
    if (memory === undefined || mapping === undefined) throw new Error('the dump has changed');
    const stack = { ...mapping, role: 'shadow-stack' as const };
    const used = { ...tree, memories: [{ ...memory, mappings: [stack, ...mappings] }, ...others] };
    expect(losses(used, { processor: { features: ['user_shstk'] } })).toEqual([]);
    expect(losses(used, {})).toEqual([]);
    expect(losses(used, plain)).toMatchObject([{ field: 'mappings.role', severity: 'fatal' }]);
  });

  test('protection keys count only where somebody set them', () => {
    const usual = registers({ features: '0x203', protectionKeys: [0x5555_5554, 0] });
    expect(losses(usual, plain)).toEqual([]);
    const own = registers({ features: '0x203', protectionKeys: [0x5555_5550, 0] });
    expect(losses(own, plain)).toMatchObject([
      { severity: 'degrading', reason: expect.stringContaining('keys') },
    ]);
    expect(losses(own, { processor: { features: ['avx', 'ospke'] } })).toEqual([]);
  });

  test('is read from /proc/cpuinfo', () => {
    const x86 =
      'processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags\t\t: fpu avx \nbugs\t\t: x\n\nprocessor\t: 1\n';
    expect(processorIn(x86)).toEqual({ name: 'Some CPU @ 3 GHz', features: ['fpu', 'avx'] });
    expect(processorIn('Features\t: fp asimd\n')).toEqual({ features: ['fp', 'asimd'] });
    expect(processorIn('')).toBeUndefined();
  });
});
