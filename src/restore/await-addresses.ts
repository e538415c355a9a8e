import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { mappedIpv4 } from '../converters/shapes/addresses.js';
import type { Emit } from '../events.js';
import { canonicalIpv6, ownAddresses } from '../host/addresses.js';
import { ownService } from '../host/systemd/scope.js';
import { BOOT_UNIT } from '../host/systemd/unit-files.js';
import type { Tree } from '../image-format/neutral/index.js';

/** How long a boot may take to give the machine its addresses, ms: DHCP, and a node that takes over an address, need minutes. */
const PATIENCE = 300_000;
const PAUSE = 200;
const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Whether sockets can be bound to addresses that nobody has (ip-sysctl.rst), as where an address goes from node to node. */
const BINDS_ANYWHERE = '/proc/sys/net/ipv4/ip_nonlocal_bind';

/**
 * The addresses of this machine that a tree's TCP sockets need to be rebuilt; none for one with a network namespace of its own.
 * Other sockets can be bound to addresses that are nobody's: of groups, and of all. One that listens can be, too, where the
 * machine lets it, or where it is IPv6: CRIU binds that with IP_FREEBIND (criu/sk-inet.c, inet_bind()). Pure.
 */
export function addressesOf({ openFiles, namespaces = [] }: Tree, bindsAnywhere: boolean): readonly string[] {
  if (namespaces.some(({ kind }) => kind === 'network')) return [];
  const bound = openFiles.flatMap(file => {
    if (file.kind !== 'inet-socket' || file.type !== 'stream' || file.localAddress === undefined) return [];
    if (file.ipOptions?.freeBind === true) return [];
    if (file.state === 'listening' && (bindsAnywhere || file.family === 'inet6')) return [];
    const address = mappedIpv4(file.localAddress) ?? file.localAddress;
    return ANY.has(address) ? [] : [address.includes(':') ? canonicalIpv6(address) : address];
  });
  return [...new Set(bound)];
}

/** Whether this machine lets sockets be bound to addresses that it does not have. */
export async function canBindAnywhere(file = BINDS_ANYWHERE): Promise<boolean> {
  return (await readFile(file, 'utf8').catch(() => '')).trim() === '1';
}

/**
 * In a boot that thaws by itself, waits for addresses that the machine does not have yet: network-online.target says that
 * something is up, where anything asks for it at all, and not what. By hand nothing is waited for: CRIU says what it lacks.
 */
export async function awaitAddresses(
  needed: readonly string[],
  abort: AbortSignal,
  emit: Emit,
  patience = BOOT_UNIT.test(ownService() ?? '') ? PATIENCE : 0,
): Promise<void> {
  const deadline = performance.now() + patience;
  for (let first = true; performance.now() < deadline; first = false) {
    const here = await ownAddresses();
    // All of 127.0.0.0/8 is the machine's.
    const missing = needed.filter(address => !address.startsWith('127.') && !here.has(address));
    if (missing.length === 0) return;
    const message = `this machine does not have ${missing.join(', ')} yet, which sockets were bound to: waiting up to ${patience / 1000} s`;
    if (first) emit({ type: 'warning', operation: 'thaw', message });
    await sleep(PAUSE, undefined, { signal: abort });
  }
}
