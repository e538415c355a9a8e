import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, python, start, until } from './support.js';

/** An interface on which the kernel makes a temporary address for each lasting one (RFC 8981). */
const NETWORK = `ip link set lo up && ip link add d0 type veth peer name d1 && ip link set d1 up &&
echo 2 >/proc/sys/net/ipv6/conf/d0/use_tempaddr && ip link set d0 up &&
ip addr add 2001:db8::1/64 dev d0 mngtmpaddr nodad && exec "$@"`;
/** Connects to itself from such an address, and from the lasting one. */
const TALK = `
import socket, subprocess, sys, time
here = socket.create_server(('2001:db8::1', 7000), family=socket.AF_INET6)
def temporary():
    while True:
        for line in open('/proc/net/if_inet6'):
            digits, _, _, _, flags, name = line.split()
            if name == 'd0' and int(flags, 16) & 0x41 == 0x01: return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits))
        time.sleep(0.05)
lasting = socket.create_connection(('2001:db8::1', 7000), source_address=('2001:db8::1', 7001))
passing = socket.create_connection(('2001:db8::1', 7000), source_address=(temporary(), 7002))
kept = [here.accept(), here.accept()]
open(sys.argv[1], 'w').close()
time.sleep(1000)
`;

it.skipIf(cannotFreeze)(
  'a connection from an address that no other boot has is said to be lost',
  async () => {
    const ready = join(await folder(), 'ready');
    const { pid } = start('unshare', ['--net', 'sh', '-c', NETWORK, 'sh', python, '-c', TALK, ready]);
    const inside = ['nsenter', `--net=/proc/${pid}/ns/net`];
    const findings = await until('the connections', async () => {
      const { stdout } = await ckpt(['check', `${pid}`, '--json'], { inside });
      return stdout.includes(':7002') ? stdout.split('"id"') : undefined;
    });
    const [found = '', ...more] = findings.filter(text => text.includes('tcp-temporary-address'));
    expect(more).toEqual([]);
    expect(found).toMatch(/2001:db8::[0-9a-f:]+\]:7002/);
    expect(found).not.toContain(':7001');
  },
);
