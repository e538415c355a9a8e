import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { leftToKernel } from '../../src/checkpoint/check/look-again.js';
import type { Snapshot } from '../../src/host/proc/index.js';
import { isFor } from '../../src/host/sockets/index.js';
import { folder } from './bundle-support.js';

/** A row of /proc/net/tcp of which no process has a descriptor: 127.0.0.1:80 from 127.0.0.1:4000, half open. */
const HALF_OPEN =
  '   0: 0100007F:0050 0100007F:0FA0 03 00000000:00000000 01:00000064 00000000     0        0 0';

it('tells what the kernel alone has of connections to the listeners of the same network', async () => {
  const proc = await folder();
  for (const [pid, rows] of [
    [10, `  sl  local_address …\n${HALF_OPEN} 1 0000000000000000\n`],
    [20, '  sl  local_address …\n'],
  ] as const) {
    mkdirSync(join(proc, String(pid), 'net'), { recursive: true });
    writeFileSync(join(proc, String(pid), 'net/tcp'), rows);
  }
  const listener = (inode: number) => ({ inode, protocol: 'tcp', state: 'listening', local: '0.0.0.0:80' });
  const holding = (inode: number) => [{ fd: 3, target: `socket:[${inode}]` }];
  const snapshot = {
    targets: [20, 10, 11],
    namespaces: new Map([
      [10, { net: 1 }],
      [11, { net: 1 }],
      [20, { net: 2 }],
    ]),
    descriptors: new Map([
      [11, holding(100)],
      [20, holding(200)],
    ]),
    sockets: new Map([100, 200].map(inode => [inode, listener(inode)])),
  } as unknown as Snapshot;
  const left = await leftToKernel(snapshot, proc);
  expect(left.get(100)).toEqual([
    { state: 'half-open', local: '127.0.0.1:80', remote: '127.0.0.1:4000', unsent: 0 },
  ]);
  expect(left.get(200)).toEqual([]);
});

it.each([
  ['0.0.0.0:80', '127.0.0.1:80', true],
  ['0.0.0.0:80', '127.0.0.1:81', false],
  ['0.0.0.0:80', '[::1]:80', false],
  ['[::]:80', '127.0.0.1:80', true],
  ['[::]:80', '[::1]:80', true],
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['127.0.0.1:80', '[::ffff:127.0.0.1]:80', true],
  ['127.0.0.1:80', '127.0.0.2:80', false],
  ['[::1]:80', '[::1]:80', true],
])('a socket at %s takes what comes to %s: %s', (bound, address, answer) => {
  expect(isFor(bound, address)).toBe(answer);
});
