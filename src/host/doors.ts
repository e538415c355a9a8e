import { loadRules, removeGuard } from './nftables.js';

/** After which new connections are let in again in any case, should nobody be there any more to do it. */
const LONGEST = '30s';

/** Name of the table that keeps new clients away during a freeze. */
export function doorTable(id: string): string {
  return `ckpt-door-${id.slice(0, 8)}`;
}

/** Rules that let nobody new in at some TCP ports, as if the packets were lost, and forget the ports by themselves. Pure. */
export function doorRules(table: string, ports: readonly number[]): string {
  const elements = ports.map(port => `${port} timeout ${LONGEST}`).join(', ');
  return [
    `table inet ${table} {`,
    '  set ports {',
    '    type inet_service',
    '    flags timeout',
    `    elements = { ${elements} }`,
    '  }',
    '  chain arriving {',
    '    type filter hook input priority raw; policy accept;',
    '    tcp dport @ports tcp flags & (fin | syn | rst | ack) == syn drop',
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Loads them. What cannot be loaded holds off nobody. */
export async function closeDoor(
  rules: string,
  table: string,
): Promise<{ readonly release: () => Promise<void> }> {
  const { problem } = await loadRules(rules).catch(() => ({ problem: 'nft does not answer' }));
  let closed = problem === undefined;
  const release = async (): Promise<void> => {
    if (closed) await removeGuard(table).catch(() => {});
    closed = false;
  };
  return { release };
}
