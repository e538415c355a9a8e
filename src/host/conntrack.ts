import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Whether a connection that was not seen to begin is tracked (nf_conntrack-sysctl.rst); missing where nothing tracks. */
const LOOSE = '/proc/sys/net/netfilter/nf_conntrack_tcp_loose';
/** Held by whoever has changed it: of two thaws at once the second changes it when the first has put it back. */
const LOCK = '/run/ckpt-guard/loose.lock';

/**
 * For sh: changes the setting, says that it did, and puts it back at the end of its input, which is also the end of a `ckpt` that
 * is killed. What asks a login's processes to end is not heeded: the setting is put back all the same.
 */
const MEANWHILE = `trap '' HUP INT TERM
mkdir -p -m 700 "\${2%/*}" && exec 9>"$2" && flock -w 30 9
read -r before <"$1"
[ "$before" = 0 ] && echo 1 >"$1"
echo ready
cat >/dev/null
[ "$before" = 0 ] && echo 0 >"$1"`;

/**
 * Has this kernel's firewall take the thawed connections for established ones, where its settings say that only a beginning
 * makes one (0): CRIU's last act with a socket makes the kernel send a probe (net/ipv4/tcp.c, TCP_REPAIR_OFF), and what is
 * tracked from then on stays. Where it may not be written the firewall is as it is.
 * @returns puts the setting back; safe to call twice
 */
export async function trackMidway(file = LOOSE, lock = LOCK): Promise<() => Promise<void>> {
  const before = await readFile(file, 'utf8').catch(() => '');
  // As long as nobody has changed it, 1 is the machine's own.
  if (before === '' || (before.trim() !== '0' && !existsSync(lock))) return async () => {};
  const keeper = spawn('sh', ['-c', MEANWHILE, 'sh', file, lock], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  keeper.stdin.on('error', () => {});
  const ended = once(keeper, 'close').catch(() => {});
  await Promise.race([once(keeper.stdout, 'data'), ended]);
  return async () => {
    keeper.stdin.end();
    await ended;
  };
}
