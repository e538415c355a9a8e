import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.js';

/** One TCP connection as the local machine sees it. Addresses without brackets. */
export interface Connection {
  readonly family: 'ip' | 'ip6';
  readonly local: { readonly address: string; readonly port: number };
  readonly peer: { readonly address: string; readonly port: number };
}

/** Packets that CRIU itself makes while it rebuilds a half-closed connection (soccr/soccr.h, SOCCR_MARK). */
const CRIU_MARK = '0xc114';

/**
 * The rules that keep a kernel silent about connections whose owner is frozen. Without them it answers the peer's next
 * packet with a reset, and the connection is lost (FACTS: "the new one must drop packets for the frozen connections").
 * The table is made anew each time, so loading it twice does no harm.
 */
export function guardRules(table: string, connections: readonly Connection[]): string {
  const drop = ({ family, local, peer }: Connection): string[] => [
    `    ${family} saddr ${peer.address} tcp sport ${peer.port} ${family} daddr ${local.address} tcp dport ${local.port} drop`,
  ];
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    '  chain arriving {',
    '    type filter hook input priority raw; policy accept;',
    `    meta mark ${CRIU_MARK} accept`,
    ...connections.flatMap(drop),
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Name of the table that guards a bundle's connections. */
export function guardTable(bundleId: string): string {
  return `ckpt-${bundleId.slice(0, 8)}`;
}

/**
 * Loads rules; gives the reason when nft is missing or refuses. From a file and not from standard input: the nft of
 * Debian 11 opens /dev/stdin by its name, which cannot be done where that is a socket, as Node's pipes are.
 */
export async function loadRules(rules: string): Promise<{ readonly problem?: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ckpt-guard-'));
  try {
    const file = join(folder, 'guard.nft');
    await writeFile(file, rules, { mode: 0o600 });
    const result = await run('nft', ['-f', file], { waitingFor: 'nft to load the guard' });
    if (result.startError) return { problem: `the program nft cannot be started (${result.startError})` };
    return result.status === 0 ? {} : { problem: result.stderr.trim() || `nft ended with ${result.status}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes a guard. One that is not there (any more) is as good as removed. */
export async function removeGuard(table: string): Promise<void> {
  await run('nft', ['delete', 'table', 'inet', table], { waitingFor: 'nft to remove the guard' });
}

/** What fits beside "inet CRIU-" into the 32 bytes that CRIU has for it (criu/netfilter.c, nft_table()). */
const RUN_ID_LENGTH = 21;

/**
 * Removes the rules by which CRIU keeps a frozen tree's connections silent until a restore takes them away. For a tree
 * that nobody will restore: they are of no use, and every later dump lists them.
 * @param runId the dump's, absent for a CRIU that names its rules by the root's PID
 */
export async function removeLock(runId: string | undefined, root: number): Promise<void> {
  // nft takes its arguments for a program of its own.
  if (runId !== undefined && !/^[0-9a-f-]+$/.test(runId)) return;
  await removeGuard(`CRIU-${runId?.slice(0, RUN_ID_LENGTH) ?? root}`);
}
