import { ensureVmHost } from '../../vm-tests/setup/host.js';
import { ensureVagrantHost } from '../../vm-tests/vagrant/host.js';
import { ensureHostPackages } from '../setup/host-packages.js';
import { reportToStderr } from '../setup/progress.js';
import { allToolboxVersions, criuFromToolbox } from '../toolbox/index.js';

/** Debian packages of the real programs that the host tests freeze (`NEEDS` in test/host/zoo names their files). */
const zooPackages = [
  ...['redis-server', 'nginx-light', 'postgresql', 'haproxy', 'memcached', 'rsyslog'],
  ...['openssh-server', 'openssh-client', 'dbus-daemon', 'dbus-bin', 'supervisor', 'sudo'],
  ...['xvfb', 'x11-apps', 'tmux', 'screen', 'vim', 'less', 'procps', 'bsdutils', 'socat', 'strace'],
  ...['default-jdk-headless', 'golang-go', 'python3', 'perl'],
];

/**
 * Brings what the host and VM tests need: Debian packages, QEMU, every CRIU. What cannot be had here is said and left
 * out: the tests that need it are then listed as skipped with that reason. Guest images are built by the tests that
 * boot them, and stay in the cache.
 */
export async function prepareMachine(): Promise<void> {
  const attempts: readonly (readonly [what: string, work: () => Promise<unknown>])[] = [
    ['virtual machines', () => ensureVmHost(reportToStderr)],
    ['connections kept across a thaw', () => ensureHostPackages(['nftables'], reportToStderr)],
    ['the programs that the host tests freeze', () => ensureHostPackages(zooPackages, reportToStderr)],
    ['Vagrant', () => ensureVagrantHost(reportToStderr)],
    ...allToolboxVersions.map(
      version => [`CRIU ${version}`, () => criuFromToolbox(version, reportToStderr)] as const,
    ),
  ];
  for (const [what, work] of attempts) {
    try {
      await work();
    } catch (error) {
      process.stderr.write(
        `not available here: ${what}: ${error instanceof Error ? error.message : error}\n`,
      );
    }
  }
}
