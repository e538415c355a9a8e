import type { InstalledGuard } from '../guard-unit.js';
import type { Finding } from './finding.js';

/**
 * Pure. `systemd`: whether it runs this machine, and so can raise guards at boot. `early`: what shows that the network is
 * up before (see `earlyNetwork`).
 */
export function judgeGuard(
  installed: InstalledGuard,
  systemd: boolean,
  early: string | undefined,
): readonly Finding[] {
  const guard = judgeInstalled(installed, systemd);
  if (early === undefined) return [guard];
  return [
    guard,
    {
      id: 'early-network',
      area: 'switch',
      grade: 'limited',
      what: `the initramfs brings the network up (${early}), before any guard`,
      consequence: 'the next boot resets frozen TCP connections whose clients send something meanwhile',
      remedy:
        'switch with an initramfs that leaves the network alone, or have the clients connect anew afterwards',
    },
  ];
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
