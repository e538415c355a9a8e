import { run } from '../run.js';

/** More in one question than this, and all are asked for. */
const MOST_PORTS = 100;

/**
 * Inodes of the TCP sockets of this network namespace that have keys to sign segments with (TCP_MD5SIG, RFC 2385), which only
 * sock-diag says (INET_DIAG_MD5SIG, net/ipv4/tcp_diag.c). Nobody where `ss` is missing.
 * @param ports local ones, to look at no others
 */
export async function readSigned(ports: ReadonlySet<number>): Promise<ReadonlySet<number>> {
  if (ports.size === 0) return new Set();
  const filter = [...ports].map(port => `sport = :${port}`).join(' or ');
  const words = ['-taneiOH', ...(ports.size > MOST_PORTS ? [] : [filter])];
  const { stdout } = await run('ss', words, { limit: 120_000, onLimit: 'report', maxOutput: 2 ** 28 });
  const signed = stdout.split('\n').filter(line => / md5keys:/.test(line));
  return new Set(signed.flatMap(line => Number(/ ino:(\d+) /.exec(line)?.[1] ?? [])));
}
