import { readdir } from 'node:fs/promises';
import type { InstalledGuard } from '../guard-unit.js';
import { run } from '../run.js';
import type { Finding } from './finding.js';
import type { KernelConfig } from './kernel-config.js';
import { textOf } from './read.js';

/** What decides whether connections outlive a kernel switch. */
export interface GuardFacts {
  readonly installed: InstalledGuard;
  /** Whether systemd runs this machine, and so can raise guards at boot. */
  readonly systemd: boolean;
  /** Whether a table of nftables can have a process as its owner; undefined where nft cannot be asked. */
  readonly ownedTables: boolean | undefined;
  /** What says that the network of this boot was up before its init began; undefined where nothing does. */
  readonly earlyNetwork: string | undefined;
}

/** Whether nft takes a table as it is, and with an owner (nft(8), `flags owner`). Nothing is made: it checks only. */
const OWNED = `may() { echo "table inet ckpt-doctor { $1 }" | nft -c -f - 2>/dev/null; }
may '' || exit 2
may 'flags owner;'`;

/** Looks at this machine. */
export async function readGuardFacts(
  installed: InstalledGuard,
  systemd: boolean,
  config: KernelConfig | undefined,
): Promise<GuardFacts> {
  const [asked, inRun, words] = await Promise.all([
    run('sh', ['-c', OWNED], { limit: 10_000, onLimit: 'report' }),
    readdir('/run').catch(() => []),
    textOf('/proc/cmdline'),
  ]);
  return {
    installed,
    systemd,
    ownedTables: asked.status === 0 ? true : asked.status === 1 ? false : undefined,
    earlyNetwork: earlyNetwork(inRun, words ?? '', config),
  };
}

/**
 * What brings a network up before init: initramfs-tools, which leaves a note of it (scripts/functions, configure_networking(): for
 * dropbear, NFS, iSCSI); dracut, where it is asked to (dracut.cmdline(7)); the kernel itself (nfsroot.rst). Pure.
 * @param inRun names in /run
 */
export function earlyNetwork(
  inRun: readonly string[],
  commandLine: string,
  config: KernelConfig | undefined,
): string | undefined {
  const note = inRun.find(name => /^net-.+\.conf$/.test(name));
  if (note !== undefined) return `/run/${note} was left by the initramfs`;
  const words = commandLine.trim().split(/\s+/);
  const asked =
    words.find(word => /^(rd\.neednet=1|netroot=.+)$/.test(word)) ??
    (config?.get('IP_PNP') === 'y' ? words.find(word => /^ip=(?!none$|off$)/.test(word)) : undefined);
  return asked === undefined ? undefined : `${asked} stands on the kernel's command line`;
}

/** Pure. */
export function judgeGuard({ installed, systemd, ownedTables, earlyNetwork }: GuardFacts): Finding[] {
  const common = { area: 'switch', grade: 'limited' } as const;
  const findings: Finding[] = [];
  if (installed === 'this') {
    const what = 'a guard keeps frozen connections and PIDs at the next boot';
    findings.push({ ...common, id: 'guard', grade: 'good', what });
  } else {
    findings.push({
      ...common,
      id: 'guard',
      what:
        installed === 'none' ? 'no guard is installed' : 'the guard is of another store, or of an older ckpt',
      consequence: 'the next boot resets frozen TCP connections, and what starts there may take frozen PIDs',
      remedy: systemd
        ? 'ckpt guard --install (ckpt freeze --thaw-at-boot does it where there is none)'
        : 'ckpt guard --install-hook FILE, and have your init run that file before the network comes up',
    });
  }
  if (ownedTables === false) {
    findings.push({
      ...common,
      id: 'guard.owner',
      what: 'nft before 1.0, or Linux before 5.12: a flush of all rules takes the guard away',
      consequence:
        'where nftables.service is enabled, the shutdown before a kexec and the boot after it reset frozen TCP connections',
      remedy: 'stop and disable nftables.service before the freeze, and start it again after the thaw',
    });
  }
  if (earlyNetwork !== undefined) {
    findings.push({
      ...common,
      id: 'guard.initramfs',
      what: `the network comes up before the guard can: ${earlyNetwork}`,
      consequence: 'what clients send before init starts, the next kernel answers with a reset',
      remedy:
        'load the next kernel with an initramfs and a command line that leave the network down (no dropbear, no ip=), or accept that clients connect anew',
    });
  }
  return findings;
}
