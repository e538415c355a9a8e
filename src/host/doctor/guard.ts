import type { InstalledGuard } from '../guard-unit.js';
import { run } from '../run.js';
import type { Finding } from './finding.js';

/** What decides whether connections outlive a kernel switch. */
export interface GuardFacts {
  readonly installed: InstalledGuard;
  /** Whether systemd runs this machine, and so can raise guards at boot. */
  readonly systemd: boolean;
  /** What shows that the network is up before any guard (see `earlyNetwork`). */
  readonly early: string | undefined;
  /** See `ownsTables`. */
  readonly ownedTables: boolean | undefined;
}

/** Whether nft takes a table as it is, and with an owner (nft(8), `flags owner`). Nothing is made: it checks only. */
const OWNED = `may() { echo "table inet ckpt-doctor { $1 }" | nft -c -f - 2>/dev/null; }
may '' || exit 2
may 'flags owner;'`;

/** Whether a table of nftables can have a process as its owner; undefined where nft cannot be asked. */
export async function ownsTables(): Promise<boolean | undefined> {
  const { status } = await run('sh', ['-c', OWNED], { limit: 10_000, onLimit: 'report' });
  return status === 0 ? true : status === 1 ? false : undefined;
}

/** Pure. */
export function judgeGuard({ installed, systemd, early, ownedTables }: GuardFacts): readonly Finding[] {
  const findings = [judgeInstalled(installed, systemd)];
  if (early !== undefined)
    findings.push({
      id: 'early-network',
      area: 'switch',
      grade: 'limited',
      what: `the initramfs brings the network up (${early}), before any guard`,
      consequence: 'the next boot resets frozen TCP connections whose clients send something meanwhile',
      remedy:
        'switch with an initramfs that leaves the network alone, or have the clients connect again afterwards',
    });
  if (ownedTables === false)
    findings.push({
      id: 'guard.owner',
      area: 'switch',
      grade: 'limited',
      what: 'nft before 1.0, or Linux before 5.12: a flush of all rules takes the guard away',
      consequence:
        'where nftables.service is enabled, the shutdown before a kexec and the boot after it reset frozen TCP connections',
      remedy: 'stop and disable nftables.service before the freeze, and start it again after the thaw',
    });
  return findings;
}

function judgeInstalled(installed: InstalledGuard, systemd: boolean): Finding {
  const common = { id: 'guard', area: 'switch' } as const;
  if (installed === 'this') {
    return { ...common, grade: 'good', what: 'a guard keeps frozen connections and PIDs at the next boot' };
  }
  return {
    ...common,
    grade: 'limited',
    what:
      installed === 'none' ? 'no guard is installed' : 'the guard is of another store, or of an older ckpt',
    consequence: 'the next boot resets frozen TCP connections, and what starts there may take frozen PIDs',
    remedy: systemd
      ? 'ckpt guard --install (ckpt freeze --thaw-at-boot does it where there is none)'
      : 'ckpt guard --install-hook FILE, and have your init run that file before the network comes up',
  };
}
