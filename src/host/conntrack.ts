import { readFile, writeFile } from 'node:fs/promises';

/** Whether a connection that was not seen to begin is tracked (nf_conntrack-sysctl.rst); missing where nothing tracks. */
const LOOSE = '/proc/sys/net/netfilter/nf_conntrack_tcp_loose';

/**
 * Has this kernel's firewall take the thawed connections for established ones, where its settings say that only a beginning
 * makes one (0): CRIU's last act with a socket makes the kernel send a probe (net/ipv4/tcp.c, TCP_REPAIR_OFF), and what is
 * tracked from then on stays.
 * @returns puts the setting back; safe to call twice
 */
export async function trackMidway(file = LOOSE): Promise<() => Promise<void>> {
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before.trim() !== '0') return async () => {};
  // Where it may not be written the firewall is as it is.
  await writeFile(file, '1').catch(() => {});
  return () => writeFile(file, before).catch(() => {});
}
