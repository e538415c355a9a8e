import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { isCrowded } from '../../src/checkpoint/plan/crowded.js';
import { crowdsCriu, makeOwnLock } from '../../src/host/criu/own-lock.js';
import { lockRules } from '../../src/host/nftables.js';
import { folder } from './bundle-support.js';

describe('connections that are too many for CRIU', () => {
  it.each([
    [220, 460, false],
    // Seen to abort: 405 of 600 connections of a process with 609 descriptors were dumped.
    [600, 609, true],
    [405, 609, true],
    // A server with a process for each client.
    [800, 30, false],
    [1000, 30, true],
    // Not all descriptors of a process are open at once.
    [50, 100_000, false],
    [200, 100_000, true],
  ])('%s connections, %s descriptors: %s', (connections, descriptors, crowded) => {
    expect(crowdsCriu(connections, descriptors)).toBe(crowded);
  });

  it('are those of all processes, each once, and listening sockets are none', () => {
    const sockets = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);
    const open = (inodes: readonly number[]) => inodes.map(inode => ({ target: `socket:[${inode}]` }));
    const seen = (own: number, states: string) =>
      ({
        members: [1, 2],
        snapshot: {
          descriptors: new Map([
            [1, open(sockets(100, own))],
            [2, open(sockets(100, own))],
          ]),
          sockets: new Map(sockets(100, own).map(inode => [inode, { protocol: 'tcp', state: states }])),
        },
      }) as unknown as Parameters<typeof isCrowded>[0];
    expect(isCrowded(seen(440, 'established'))).toBe(false);
    expect(isCrowded(seen(460, 'established'))).toBe(true);
    expect(isCrowded(seen(460, 'listening'))).toBe(false);
  });
});

it('CRIU’s words for iptables become elements of a set, both directions at once, and nothing else', async () => {
  const place = await folder();
  mkdirSync(join(place, 'bin'));
  const said = join(place, 'said');
  writeFileSync(said, '');
  writeFileSync(join(place, 'bin', 'nft'), `#!/bin/sh\necho "$*" >>'${said}'\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${join(place, 'bin')}:${process.env.PATH}`);
  try {
    const known = [{ local: '10.0.0.1 . 443', remote: '10.0.0.2 . 5001' }];
    expect(await makeOwnLock(join(place, 'lock'), 812, known)).toEqual({});
    writeFileSync(said, '');
    const env = { PATH: `${join(place, 'lock')}:${process.env.PATH}` };
    const ends = (source: string, destination: string) =>
      `--protocol tcp -m mark ! --mark 0xC114 --source ${source} --destination ${destination} -j DROP`;
    for (const line of [
      'iptables -L -n',
      `iptables -w -t filter -I INPUT ${ends('10.0.0.2 --sport 5000', '10.0.0.1 --dport 80')}`,
      `iptables -w -t filter -I OUTPUT ${ends('10.0.0.1 --sport 80', '10.0.0.2 --dport 5000')}`,
      `ip6tables  -t filter -I INPUT ${ends('2001:db8::2 --sport 5000', '2001:db8::1 --dport 80')}`,
      `iptables -w -t filter -I INPUT ${ends('10.0.0.2 --sport 5001', '10.0.0.1 --dport 443')}`,
      `iptables -w -t filter -D INPUT ${ends('10.0.0.2 --sport 5000', '10.0.0.1 --dport 80')}`,
      `iptables -w -t filter -D OUTPUT ${ends('10.0.0.1 --sport 80', '10.0.0.2 --dport 5000')}`,
    ])
      await execa('sh', ['-c', line], { env });
  } finally {
    vi.unstubAllEnvs();
  }
  expect(readFileSync(said, 'utf8').split('\n')).toEqual([
    `-f ${join(place, 'lock', 'rules.nft')}`,
    'add element inet CRIU-812 conns4 { 10.0.0.2 . 5000 . 10.0.0.1 . 80, 10.0.0.1 . 80 . 10.0.0.2 . 5000 }',
    'add element inet CRIU-812 conns6 { 2001:db8::2 . 5000 . 2001:db8::1 . 80, 2001:db8::1 . 80 . 2001:db8::2 . 5000 }',
    'delete table inet CRIU-812',
    '',
  ]);
});

it('what is known beforehand is in the rules from the first moment on', () => {
  const rules = lockRules('CRIU-812', [
    { local: '10.0.0.1 . 80', remote: '10.0.0.2 . 5000' },
    { local: '2001:db8::1 . 80', remote: '2001:db8::2 . 5000' },
  ]);
  expect(rules.match(/elements = .*/g)).toEqual([
    'elements = { 10.0.0.1 . 80 . 10.0.0.2 . 5000, 10.0.0.2 . 5000 . 10.0.0.1 . 80 }',
    'elements = { 2001:db8::1 . 80 . 2001:db8::2 . 5000, 2001:db8::2 . 5000 . 2001:db8::1 . 80 }',
  ]);
});

it('what CRIU itself sends, while it rebuilds a connection, passes', () => {
  const rules = lockRules('CRIU-812', []).split('\n');
  const chains = rules.flatMap((line, at) => (/^ {2}chain/.test(line) ? [rules.slice(at + 1, at + 3)] : []));
  expect(chains.map(([, first]) => first)).toEqual([
    '    meta mark 0xc114 accept',
    '    meta mark 0xc114 accept',
  ]);
});
