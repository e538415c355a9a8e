/** A boot that thaws waits for the addresses that sockets were bound to. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CkptEvent } from '../../src/events.js';
import { ownAddresses } from '../../src/host/addresses.js';
import type { Tree } from '../../src/image-format/neutral/index.js';
import { addressesOf, awaitAddresses } from '../../src/restore/await-addresses.js';
import { folder } from './bundle-support.js';

const TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 10.0.2.0/24 2 0 2
        |-- 10.0.2.15
           /32 host LOCAL
        |-- 10.0.2.255
           /32 link BROADCAST
`;
const V6 = `20010db8000000000000000000000001 02 40 00 80     eth0
20010db8000000000000000000000002 02 40 00 40     eth0
20010db8000000000000000000000003 02 40 00 88     eth0
`;

test('an address is the machine’s when it is local, and no other machine may have it', async () => {
  const net = await folder();
  await writeFile(join(net, 'fib_trie'), TRIE);
  await writeFile(join(net, 'if_inet6'), V6);
  expect([...(await ownAddresses(net))]).toEqual(['10.0.2.15', '2001:db8::1', '2001:db8::2']);
});

const socket = (localAddress: string, more: object = {}) =>
  ({ kind: 'inet-socket', type: 'stream', localAddress, ...more }) as Tree['openFiles'][number];
const tree = (openFiles: Tree['openFiles'], more: Partial<Tree> = {}) => ({ openFiles, ...more }) as Tree;

test('of what a tree is bound to, addresses that a machine can lack count', () => {
  const files = [
    socket('10.0.2.15'),
    socket('::ffff:10.0.2.15'),
    socket('2001:db8:0:0::1'),
    socket('0.0.0.0'),
    socket('::'),
    socket('10.0.2.77', { ipOptions: { freeBind: true } }),
    socket('224.0.0.251', { type: 'datagram' }),
  ];
  expect(addressesOf(tree(files))).toEqual(['10.0.2.15', '2001:db8::1']);
  const namespaces = [{ kind: 'network' }] as unknown as NonNullable<Tree['namespaces']>;
  expect(addressesOf(tree(files, { namespaces }))).toEqual([]);
});

test('who waits for an address says so once, and is interrupted; nobody waits for one that is there', async () => {
  const events: CkptEvent[] = [];
  const emit = (event: CkptEvent): unknown => events.push(event);
  const never = new AbortController().signal;
  await awaitAddresses(['127.0.0.2'], never, emit, 60_000);
  await awaitAddresses(['192.0.2.77'], never, emit, 0);
  expect(events).toEqual([]);
  const soon = new AbortController();
  const waiting = awaitAddresses(['192.0.2.77', '::1'], soon.signal, emit, 60_000);
  setTimeout(() => soon.abort(new Error('by hand')), 600);
  await expect(waiting).rejects.toThrow();
  expect(events).toMatchObject([{ type: 'warning', message: expect.stringContaining('192.0.2.77 yet') }]);
});
