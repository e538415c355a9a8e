import { readFile } from 'node:fs/promises';
import { canonicalIpv6 } from '../addresses.js';

const WAY = 'src=(\\S+) dst=(\\S+) sport=(\\d+) dport=(\\d+)';
const TCP = new RegExp(`^ipv[46] .* tcp .*?${WAY} .*?${WAY}`);

/**
 * The TCP connections whose packets this machine's NAT changes: by the ends that a socket here has (local before remote, each
 * `ADDRESS . PORT`), those that its packets have outside. None where nothing is tracked, or the kernel does not list it
 * (CONFIG_NF_CONNTRACK_PROCFS).
 * @param file nf_conntrack of this network namespace
 */
export async function readTranslated(file = '/proc/net/nf_conntrack'): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return new Map(text.split('\n').flatMap(translated));
}

/** The way of who began, and the way back: one is the other's mirror where nothing is changed. Pure. */
function translated(line: string): readonly (readonly [here: string, there: string])[] {
  const [, ...ends] = TCP.exec(line) ?? [];
  const [from, to, fromPort, toPort, backFrom, backTo, backFromPort, backToPort] = ends;
  if (backToPort === undefined) return [];
  const begun = { near: endOf(from, fromPort), far: endOf(to, toPort) };
  const answered = { near: endOf(backFrom, backFromPort), far: endOf(backTo, backToPort) };
  if (begun.near === answered.far && begun.far === answered.near) return [];
  return [
    // A socket of this machine that connected, and one that was connected to.
    [`${begun.near} . ${begun.far}`, `${answered.far} – ${answered.near}`],
    [`${answered.near} . ${answered.far}`, `${begun.far} – ${begun.near}`],
  ];
}

/** The table has IPv6 addresses in full. */
function endOf(address = '', port = ''): string {
  return `${address.includes(':') ? canonicalIpv6(address) : address} . ${port}`;
}
