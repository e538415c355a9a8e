import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { boundAddress } from '../../src/checkpoint/check/bound-address.js';
import type { SeenTree } from '../../src/checkpoint/check/index.js';
import { optionsOfSockets } from '../../src/checkpoint/plan/options-of-sockets.js';
import { absentAddresses } from '../../src/host/addresses.js';
import { FORGOTTEN_OPTIONS, readOptions } from '../../src/host/sockets/forgotten-options.js';
import type { Socket } from '../../src/host/sockets/index.js';
import { manifestSchema } from '../../src/image-format/bundle/manifest-schema.js';

const option = { name: 'IP_MINTTL', value: 'fa000000' };

/** As much of a tree as is looked at. */
function treeOf(
  processes: readonly (readonly [pid: number, pids: number, inodes: readonly number[]])[],
): SeenTree {
  const facts = processes.map(([pid, depth, inodes]) => [
    pid,
    {
      task: { namespacePids: Array(depth).fill(pid) },
      files: inodes.map((inode, fd) => ({ fd, target: `socket:[${inode}]` })),
      settings: new Map(inodes.map((_, fd) => [fd, { options: fd === 0 ? [] : [option] }])),
    },
  ]);
  const seen = { members: processes.map(([pid]) => pid), processes: new Map(facts as []) };
  return seen as unknown as SeenTree;
}

describe('what was set on sockets', () => {
  it('is kept for each socket once, and for none of a PID namespace of its own', () => {
    const seen = treeOf([
      [7, 1, [100, 101, 102]],
      [8, 1, [100, 102, 103]],
      [9, 2, [100, 104]],
    ]);
    expect(optionsOfSockets(seen).map(({ pid, fd }) => [pid, fd])).toEqual([
      [7, 1],
      [7, 2],
      [8, 2],
    ]);
  });

  it('is read from the words of a probe', () => {
    const words = [
      'user',
      'option=IP_MINTTL,fa000000,',
      'option=MCAST_JOIN_GROUP,ef010203,eth0',
      'option=IP_UNICAST_IF,,eth1',
    ];
    expect(readOptions(words)).toEqual([
      option,
      { name: 'MCAST_JOIN_GROUP', value: 'ef010203', interface: 'eth0' },
      { name: 'IP_UNICAST_IF', value: '', interface: 'eth1' },
    ]);
  });

  it('has one row for each option, and what bars filters last', () => {
    expect(new Set(FORGOTTEN_OPTIONS.map(({ name }) => name)).size).toBe(FORGOTTEN_OPTIONS.length);
    expect(FORGOTTEN_OPTIONS.at(-1)?.name).toBe('SO_LOCK_FILTER');
  });

  it.each(['eth0 up', '../x', '', 'x'.repeat(16)])('is no interface in a bundle: %j', name => {
    const accepts = (link: string) =>
      manifestSchema.shape.trees.safeParse([
        {
          root: 7,
          command: 'it',
          processes: 1,
          policy: { socketOptions: [{ pid: 7, fd: 3, options: [{ ...option, interface: link }] }] },
        },
      ]).success;
    expect(accepts('eth0.17')).toBe(true);
    expect(accepts(name)).toBe(false);
  });
});

describe('the address that a socket is bound to again', () => {
  const socket = (family: 'inet' | 'inet6', protocol: string, state: string, local: string): Socket =>
    ({ inode: 1, family, protocol, state, local, remote: '', receiveQueue: 0, sendQueue: 0 }) as Socket;

  it.each([
    ['inet', 'tcp', 'listening', '192.0.2.1:80', '192.0.2.1'],
    ['inet', 'udp', 'unconnected', '192.0.2.1:80', '192.0.2.1'],
    ['inet', 'udp', 'unconnected', '0.0.0.0:80', undefined],
    ['inet6', 'tcp', 'listening', '[2001:db8::1]:80', undefined],
    ['inet6', 'tcp', 'established', '[2001:db8::1]:80', '2001:db8::1'],
    ['inet6', 'tcp', 'established', '[::ffff:192.0.2.1]:80', '192.0.2.1'],
  ] as const)('%s %s %s %s', (family, protocol, state, local, address) => {
    expect(boundAddress(socket(family, protocol, state, local))).toBe(address);
  });

  it('is absent where the kernel binds nothing to it', async () => {
    const own = Object.values(networkInterfaces()).flatMap(all => all ?? []);
    const [first] = own.filter(({ family }) => family === 'IPv4');
    const there = ['127.0.0.9', '224.0.0.251', ...(first === undefined ? [] : [first.address])];
    for (const wanted of ['bind', 'connect'] as const)
      expect(
        await absentAddresses(
          wanted === 'bind' ? [...there, '198.51.100.7'] : ['127.0.0.9', '198.51.100.7'],
          wanted,
        ),
      ).toEqual(new Set(['198.51.100.7']));
  });
});
