import { expect, test } from 'vitest';
import { frozenConnections } from '../../src/converters/connections.js';
import { ipAddress, mappedIpv4 } from '../../src/converters/shapes/addresses.js';
import type { Tree } from '../../src/image-format/neutral/index.js';

/** Words as CRIU writes them: in network byte order, read by a little-endian machine. */
const words = (...bytes: number[]): number[] => {
  const all = Buffer.from(bytes);
  return Array.from({ length: bytes.length / 4 }, (_, at) => all.readUInt32LE(at * 4));
};
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function connected(local: number[], peer: number[]): Tree {
  const socket = {
    kind: 'inet-socket',
    localAddress: ipAddress.lift(words(...local)),
    localPort: 6379,
    peerAddress: ipAddress.lift(words(...peer)),
    peerPort: 40_001,
    tcp: { receiveSequence: 815 },
  };
  return { openFiles: [socket] } as unknown as Tree;
}

test('an IPv4 client of an IPv6 socket is kept from a reset by the rules for IPv4', () => {
  const tree = connected([...MAPPED, 10, 0, 2, 15], [...MAPPED, 10, 0, 2, 2]);
  expect(frozenConnections([tree])).toEqual([
    {
      family: 'ip',
      local: { address: '10.0.2.15', port: 6379 },
      peer: { address: '10.0.2.2', port: 40_001 },
      receiveSequence: 815,
    },
  ]);
});

test('clients of either kind are kept by their own', () => {
  const six = (last: number): number[] => [0xfd, ...new Array<number>(14).fill(0), last];
  expect(frozenConnections([connected(six(15), six(2))])).toMatchObject([
    { family: 'ip6', local: { address: 'fd00::f' }, peer: { address: 'fd00::2' } },
  ]);
  expect(frozenConnections([connected([10, 0, 2, 15], [10, 0, 2, 2])])).toMatchObject([
    { family: 'ip', peer: { address: '10.0.2.2' } },
  ]);
});

test.each([
  ['::ffff:a00:20f', '10.0.2.15'],
  ['::ffff:10.0.2.15', '10.0.2.15'],
  ['::ffff:0:1', '0.0.0.1'],
  ['::fffe:a00:20f', undefined],
  ['::a00:20f', undefined],
  ['fd00::ffff:a00:20f', undefined],
  ['10.0.2.15', undefined],
])('%s is the IPv4 address %s', (address, expected) => {
  expect(mappedIpv4(address)).toBe(expected);
});

test.each([
  ['127.0.0.1', [127, 0, 0, 1]],
  ['::', new Array<number>(16).fill(0)],
  ['::1', [...new Array<number>(15).fill(0), 1]],
  ['fe80::1:2', [0xfe, 0x80, ...new Array<number>(10).fill(0), 0, 1, 0, 2]],
  ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ['::ffff:127.0.0.1', [...MAPPED, 127, 0, 0, 1]],
  ['64:ff9b::192.0.2.33', [0, 0x64, 0xff, 0x9b, ...new Array<number>(8).fill(0), 192, 0, 2, 33]],
])('the text %s is the address that it says', (address, bytes) => {
  expect(ipAddress.lower(address)).toEqual(words(...bytes));
});

test.each([
  '',
  '*',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  ':::',
  '1:2:3',
  '::ffff:1.2.3',
  'fe80::1%eth0',
  'x::',
])('the text "%s" is refused by name: it is no address', text => {
  expect(() => ipAddress.lower(text)).toThrowError(
    expect.objectContaining({ code: 'document-contradictory' }),
  );
});

test('words that are no address have a text that is one', () => {
  for (const count of [0, 2, 3, 5]) {
    const text = ipAddress.lift(new Array<number>(count).fill(0x0100_0001));
    expect(ipAddress.lower(text)).toEqual([0, 0, 0, 0]);
  }
});
