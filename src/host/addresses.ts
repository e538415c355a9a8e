import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';

/**
 * IFA_F_DADFAILED of linux/if_addr.h: another machine has this address. One that may still be another's (IFA_F_TENTATIVE) is
 * good enough: CRIU binds with IP_FREEBIND (criu/sk-inet.c, inet_bind()), and a connection goes on as soon as it is ours.
 */
const FAILED = 0x08;
/** IFA_F_TEMPORARY: made by chance, for a day (RFC 8981). */
const TEMPORARY = 0x01;

/** The addresses of this machine that CRIU can bind a socket to, IPv6 as Node writes it; `net` is /proc/net. */
export async function ownAddresses(net = '/proc/net'): Promise<ReadonlySet<string>> {
  const [trie, v6] = await Promise.all(
    ['fib_trie', 'if_inet6'].map(name => readFile(`${net}/${name}`, 'utf8').catch(() => '')),
  );
  return new Set([...localLeaves(trie ?? ''), ...usableIpv6(v6 ?? '')]);
}

/** The IPv6 addresses of this machine that no other boot has (privacy extensions); `net` is /proc/net. */
export async function temporaryAddresses(net = '/proc/net'): Promise<ReadonlySet<string>> {
  const text = await readFile(`${net}/if_inet6`, 'utf8').catch(() => '');
  return new Set(ipv6Addresses(text).flatMap(({ address, flags }) => (flags & TEMPORARY ? [address] : [])));
}

/**
 * Those of these addresses that no socket can be bound to here (EADDRNOTAVAIL), or that no connection can begin from (ENETUNREACH):
 * the kernel is asked with one of UDP, as routes make addresses the machine's, too (`ip route add local`). net.ipv4.ip_nonlocal_bind
 * makes all for binding, and none of IPv4 for connections (net/ipv4/route.c, ip_route_output_key_hash_rcu()).
 */
export async function absentAddresses(
  addresses: Iterable<string>,
  wanted: 'bind' | 'connect',
): Promise<ReadonlySet<string>> {
  const asked = await Promise.all(
    [...new Set(addresses)].map(async address => ((await isAbsent(address, wanted)) ? [address] : [])),
  );
  return new Set(asked.flat());
}

function isAbsent(address: string, wanted: 'bind' | 'connect'): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const answer = (absent: boolean): void => {
      socket.close();
      resolve(absent);
    };
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'EADDRNOTAVAIL'));
    socket.bind({ address, port: 0, exclusive: true }, () => {
      if (wanted === 'bind') return answer(false);
      // Nothing is sent: a route is looked for, from the address to itself. Its type leaves the error out.
      socket.connect(9, address, ((error?: NodeJS.ErrnoException) =>
        answer(error?.code === 'ENETUNREACH')) as () => void);
    });
  });
}

/** `|-- ADDRESS` and below it `/32 host LOCAL`. Pure. */
function localLeaves(trie: string): readonly string[] {
  return [...trie.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].map(([, address = '']) => address);
}

/** Pure. */
function usableIpv6(text: string): readonly string[] {
  return ipv6Addresses(text).flatMap(({ address, flags }) => (flags & FAILED ? [] : [address]));
}

/** 32 digits, then the interface's number, the length of the prefix, the scope, and the flags. Pure. */
function ipv6Addresses(text: string): readonly { readonly address: string; readonly flags: number }[] {
  return text.split('\n').flatMap(line => {
    const [digits = '', , , , flags = ''] = line.split(/\s+/);
    if (digits.length !== 32) return [];
    const address = canonicalIpv6(digits.replaceAll(/(.{4})(?=.)/g, '$1:'));
    return { address, flags: Number.parseInt(flags, 16) };
  });
}

/** The shortest form, with small letters (RFC 5952). */
export function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
