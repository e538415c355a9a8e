import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../connection.js';
import { run } from './run.js';

/** Packets that CRIU itself makes while it rebuilds a half-closed connection (soccr/soccr.h, SOCCR_MARK). */
const CRIU_MARK = '0xc114';

/**
 * The rules that keep a kernel silent about connections whose owner is frozen. Without them it answers the peer's next
 * packet with a reset, as for any connection that it does not know (net/ipv4/tcp_ipv4.c, tcp_v4_rcv()), and the
 * connection is lost.
 * The table is made anew each time, so loading it twice does no harm.
 */
export function guardRules(table: string, connections: readonly Connection[]): string {
  const families = (['ip', 'ip6'] as const).map(family => ({
    family,
    elements: connections
      .filter(one => one.family === family)
      .map(({ local, peer }) => `${peer.address} . ${peer.port} . ${local.address} . ${local.port}`),
  }));
  const used = families.filter(({ elements }) => elements.length > 0);
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    // A set is looked up at once, however many clients there are; rules are walked for each packet.
    ...used.flatMap(({ family, elements }) => [
      `  set ${family}-frozen {`,
      `    type ${ADDRESSES[family]} . inet_service . ${ADDRESSES[family]} . inet_service`,
      `    elements = { ${[...new Set(elements)].join(', ')} }`,
      '  }',
    ]),
    '  chain arriving {',
    '    type filter hook input priority raw; policy accept;',
    `    meta mark ${CRIU_MARK} accept`,
    ...used.map(
      ({ family }) => `    ${family} saddr . tcp sport . ${family} daddr . tcp dport @${family}-frozen drop`,
    ),
    '  }',
    '}',
    '',
  ].join('\n');
}

const ADDRESSES = { ip: 'ipv4_addr', ip6: 'ipv6_addr' } as const;

/**
 * Whether a text consists of nothing but lines as `guardRules` writes them, for this table: a bundle from elsewhere must not
 * bring other rules, for the boot loads what is in the store. Those of older bundles have a rule for each connection.
 */
export function isGuard(text: string, table: string): boolean {
  const address = '[0-9a-f:.]+';
  const end = `${address} \\. \\d+`;
  const lines = [
    `table inet ${table}(?: \\{)?`,
    `delete table inet ${table}`,
    '  set ip6?-frozen \\{',
    '    type ipv(?:4_addr|6_addr) \\. inet_service \\. ipv(?:4_addr|6_addr) \\. inet_service',
    `    elements = \\{ ${end} \\. ${end}(?:, ${end} \\. ${end})* \\}`,
    '  chain arriving \\{',
    '    type filter hook input priority raw; policy accept;',
    `    meta mark ${CRIU_MARK} accept`,
    '    ip6? saddr \\. tcp sport \\. ip6? daddr \\. tcp dport @ip6?-frozen drop',
    `    ip6? saddr ${address} tcp sport \\d+ ip6? daddr ${address} tcp dport \\d+ drop`,
    ' {0,2}\\}',
    '',
  ];
  const known = new RegExp(`^(?:${lines.join('|')})$`);
  return text.split('\n').every(line => known.test(line));
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
    return await nft(['-f', file], 'nft to load the guard');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the rules in a file could be loaded: as `loadRules` says it. */
export function checkRules(file: string): Promise<{ readonly problem?: string }> {
  return nft(['--check', '-f', file], 'nft to check rules');
}

async function nft(words: readonly string[], waitingFor: string): Promise<{ readonly problem?: string }> {
  const result = await run('nft', words, { waitingFor });
  if (result.startError) return { problem: `the program nft cannot be started (${result.startError})` };
  return result.status === 0 ? {} : { problem: result.stderr.trim() || `nft ended with ${result.status}` };
}

/**
 * Removes a guard; one that is not there (any more) is as good as removed. Gives what went wrong. Out of reach of a Ctrl-C,
 * which would leave the connections cut.
 */
export async function removeGuard(table: string): Promise<string | undefined> {
  const words = ['delete', 'table', 'inet', table];
  const { status, stderr, timedOut } = await run('nft', words, {
    onLimit: 'report',
    detached: true,
  });
  if (timedOut) return 'nft does not answer';
  // Who has no nft has no guard either, nor has a kernel without nfnetlink, whose module may not be loaded.
  return status <= 0 || /No such file|Protocol not supported/.test(stderr) ? undefined : stderr.trim();
}

/**
 * The name under which a dump by root's PID keeps its connections silent: that of CRIU before 4.1, which every later one takes
 * away, too, where the images name no run (criu/netfilter.c, nftables_get_table()).
 */
export function lockTable(root: number): string {
  return `CRIU-${root}`;
}

/** The ends of a connection, each `ADDRESS . PORT`. */
export interface Ends {
  readonly local: string;
  readonly remote: string;
}

/**
 * Rules as CRIU makes them for a dump, which drop what arrives for connections and what they send. The table is made anew. Pure.
 * @param connections those that are known already, as `asInRules` has both ends
 */
export function lockRules(table: string, connections: readonly Ends[]): string {
  const families = [['ip', 'conns4'] as const, ['ip6', 'conns6'] as const];
  const elementsOf = (family: string): readonly string[] => {
    const own = connections.filter(({ local }) => local.includes(':') === (family === 'ip6'));
    const both = own.flatMap(({ local, remote }) => [`${local} . ${remote}`, `${remote} . ${local}`]);
    return both.length === 0 ? [] : [`    elements = { ${[...new Set(both)].join(', ')} }`];
  };
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...families.flatMap(([family, set]) => {
      const type = `    type ${ADDRESSES[family]} . inet_service . ${ADDRESSES[family]} . inet_service`;
      return [`  set ${set} {`, type, ...elementsOf(family), '  }'];
    }),
    ...['input', 'output'].flatMap(hook => [
      `  chain ${hook} {`,
      `    type filter hook ${hook} priority 0; policy accept;`,
      `    meta mark ${CRIU_MARK} accept`,
      ...families.map(
        ([family, set]) => `    ${family} saddr . tcp sport . ${family} daddr . tcp dport @${set} drop`,
      ),
      '  }',
    ]),
    '}',
    '',
  ].join('\n');
}

/** What fits beside "inet CRIU-" into the 32 bytes that CRIU before 4.3 has for it (criu/netfilter.c, nft_table()). */
const RUN_ID_LENGTH = 21;

/**
 * The names under which releases of CRIU keep the rules that drop the packets of a frozen tree, until a restore takes them away.
 * One with another idea of the name takes nothing away, and says nothing (seen: 4.2.1 and 4.3, either way round).
 * @param runId the dump's, absent for a CRIU that names its rules by the root's PID
 */
export function lockTables(runId: string | undefined, root: number): readonly string[] {
  if (runId === undefined) return [lockTable(root)];
  // nft takes its arguments for a program of its own.
  if (!/^[0-9a-f-]+$/.test(runId)) return [];
  return [...new Set([runId, runId.slice(0, RUN_ID_LENGTH)])].map(id => `CRIU-${id}`);
}

/** `[::1]:80` → `::1 . 80`; an IPv6 socket with an IPv4 peer exchanges IPv4 packets. */
export function asInRules(end: string): string {
  const at = end.lastIndexOf(':');
  const address = end
    .slice(0, at)
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:(?=.*\.)/, '');
  return `${address} . ${end.slice(at + 1)}`;
}
