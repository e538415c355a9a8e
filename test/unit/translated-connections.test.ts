/** Connections that NAT of this machine changes cannot be kept over a kernel switch. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULTS, judge, RULES, type TreeFacts } from '../../src/checkpoint/check/index.js';
import { readTranslated } from '../../src/host/sockets/index.js';
import { folder } from './bundle-support.js';

/** As kernel 6.12 prints them: a redirect, a masquerade, one without NAT, IPv6, and UDP. */
const TABLE = `ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 sport=44736 dport=80 src=192.0.2.2 dst=192.0.2.1 sport=7000 dport=44736 [ASSURED] mark=0 zone=0 use=2
ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.5 dst=198.51.100.7 sport=40000 dport=5432 src=198.51.100.7 dst=192.0.2.2 sport=5432 dport=1024 [ASSURED] mark=0 zone=0 use=2
ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 sport=44737 dport=7000 src=192.0.2.2 dst=192.0.2.1 sport=7000 dport=44737 [ASSURED] mark=0 zone=0 use=2
ipv6     10 tcp      6 431999 ESTABLISHED src=2001:0db8:0000:0000:0000:0000:0000:0001 dst=2001:0db8:0000:0000:0000:0000:0000:0002 sport=50000 dport=443 src=2001:0db8:0000:0000:0000:0000:0000:0002 dst=2001:0db8:0000:0000:0000:0000:0000:0001 sport=8443 dport=50000 [ASSURED] mark=0 zone=0 use=2
ipv4     2 udp      17 29 src=192.0.2.1 dst=192.0.2.2 sport=53000 dport=53 src=192.0.2.2 dst=192.0.2.1 sport=5353 dport=53000 mark=0 zone=0 use=2
`;

async function table() {
  const file = join(await folder(), 'nf_conntrack');
  await writeFile(file, TABLE);
  return readTranslated(file);
}

test('what NAT changes is known by the ends that the socket has', async () => {
  const translated = await table();
  expect(translated.get('192.0.2.2 . 7000 . 192.0.2.1 . 44736')).toBe('192.0.2.2 . 80 – 192.0.2.1 . 44736');
  expect(translated.get('10.0.0.5 . 40000 . 198.51.100.7 . 5432')).toBe(
    '192.0.2.2 . 1024 – 198.51.100.7 . 5432',
  );
  expect(translated.get('2001:db8::2 . 8443 . 2001:db8::1 . 50000')).toBeDefined();
  expect(translated.get('192.0.2.2 . 7000 . 192.0.2.1 . 44737')).toBeUndefined();
  expect([...translated.keys()].filter(key => key.includes('53000'))).toEqual([]);
  expect(await readTranslated('/nowhere')).toEqual(new Map());
});

test('a connection that NAT changes is a loss, unless it is given up anyway', async () => {
  const rules = RULES.filter(({ id }) => id === 'tcp-translated');
  const socket = (local: string, remote: string, inode: number) =>
    [inode, { inode, protocol: 'tcp', state: 'established', local, remote }] as const;
  const sockets = new Map([
    socket('[::ffff:192.0.2.2]:7000', '[::ffff:192.0.2.1]:44736', 5),
    socket('192.0.2.2:7000', '192.0.2.1:44737', 6),
  ]);
  const process = {
    files: [5, 6].map(inode => ({ fd: inode, target: `socket:[${inode}]` })),
    protocols: new Map(),
    settings: new Map(),
  };
  const facts = {
    root: 10,
    members: [10],
    snapshot: { processes: new Map(), unknown: [], sockets },
    ties: [],
    processes: new Map([[10, process]]),
    platform: { freeze: {}, thaw: {} },
    options: DEFAULTS,
    own: { uid: 0, capSysResource: true, ancestors: [] },
    translated: await table(),
  } as unknown as TreeFacts;
  const { verdict, findings } = judge(facts, rules);
  expect([verdict, findings.length]).toEqual(['can-with-losses', 1]);
  expect(JSON.stringify(findings)).toContain('outside 192.0.2.2 . 80 – 192.0.2.1 . 44736');
  expect(judge({ ...facts, options: { ...DEFAULTS, tcp: 'close' } }, rules).verdict).toBe('can');
});
