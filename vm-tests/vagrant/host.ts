import { execa } from 'execa';
import { ensureHostPackages } from '../../scripts/setup/host-packages.js';
import type { Report } from '../../scripts/setup/progress.js';
import { type VmSupport, vmSupport } from '../driver/index.js';
import { ensureVmHost } from '../setup/host.js';

/** What `vagrant up` needs besides QEMU: no system daemon, no bridge, only libvirt's session mode. */
const vagrantPackages = [
  'vagrant',
  'vagrant-libvirt',
  'libvirt-daemon',
  'libvirt-daemon-driver-qemu',
  'libvirt-clients',
  'openssh-client',
] as const;

/** Installs what is missing to build the box and to run Vagrant. @throws with the reason when that cannot be done */
export async function ensureVagrantHost(report: Report): Promise<void> {
  await ensureVmHost(report);
  await ensureHostPackages(vagrantPackages, report);
}

/** Whether Vagrant machines can run here, and if not, why. Looks, changes nothing. */
export async function vagrantSupport(): Promise<VmSupport> {
  const support = await vmSupport();
  if (!support.ok) return support;
  const missing: string[] = [];
  for (const program of ['vagrant', 'libvirtd', 'ssh']) {
    const found = await execa('sh', ['-c', 'command -v "$1"', 'sh', program], { reject: false });
    if (found.exitCode !== 0) missing.push(program);
  }
  return missing.length === 0
    ? { ok: true }
    : { ok: false, reason: `not installed: ${missing.join(', ')} (npm run box)` };
}
