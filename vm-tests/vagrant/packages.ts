import { execa } from 'execa';
import { type Report, step } from '../../scripts/setup/progress.js';

/** What `vagrant up` needs on a Debian host: no system daemon, no bridge, only libvirt's session mode. */
export const vagrantPackages = [
  'vagrant',
  'vagrant-libvirt',
  'libvirt-daemon',
  'libvirt-daemon-driver-qemu',
  'libvirt-clients',
  'qemu-system-x86',
  'qemu-utils',
  'openssh-client',
] as const;

/** Installs those of `names` that are missing. @throws naming them when we are not root */
export async function installPackages(names: readonly string[], report: Report): Promise<void> {
  const missing = (
    await Promise.all(names.map(async name => ((await installed(name)) ? [] : [name])))
  ).flat();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`these Debian packages are missing; as root: apt-get install ${missing.join(' ')}`);
  }
  await step(report, `installing ${missing.join(', ')}`, async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    const install = ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', 'install'];
    const first = await execa('apt-get', [...install, ...missing], { env, reject: false, stdin: 'ignore' });
    if (first.exitCode === 0) return;
    // The machine's package lists may be older than the mirror: ask again with new ones.
    await execa('apt-get', ['-q', 'update'], { env, stdin: 'ignore' });
    await execa('apt-get', [...install, ...missing], { env, stdin: 'ignore' });
  });
}

async function installed(name: string): Promise<boolean> {
  const asked = await execa('dpkg-query', ['-W', '-f', '$' + '{db:Status-Status}', name], { reject: false });
  return asked.stdout === 'installed';
}
