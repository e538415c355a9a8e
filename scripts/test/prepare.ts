import { CRIU_VERSIONS } from '../../src/image-format/criu/image-set.js';
import { ensureVmHost } from '../../vm-tests/setup/host.js';
import { ensureVagrantHost } from '../../vm-tests/vagrant/host.js';
import { ensureHostPackages } from '../setup/host-packages.js';
import { reportToStderr } from '../setup/progress.js';
import { allToolboxVersions, criuFromToolbox } from '../toolbox/index.js';
import { fetchPackage } from '../wire-table/packages.js';

/** Debian packages of the real programs that the host tests freeze (`NEEDS` in test/host/zoo names their files). */
const zooPackages = [
  ...['redis-server', 'nginx-light', 'postgresql', 'haproxy', 'memcached', 'rsyslog'],
  ...['openssh-server', 'openssh-client', 'dbus-daemon', 'dbus-bin', 'supervisor', 'sudo'],
  ...['xvfb', 'x11-apps', 'tmux', 'screen', 'vim', 'less', 'procps', 'bsdutils', 'socat', 'strace'],
  ...['default-jdk-headless', 'golang-go', 'python3', 'perl'],
];

type Attempt = readonly [what: string, work: () => Promise<unknown>];

/** Brings what the unit tests read: the descriptors of every CRIU, shells for their completions, groff for the manual. */
export function prepareUnits(): Promise<void> {
  return attemptAll([
    ...CRIU_VERSIONS.map(
      version => [`the descriptors of CRIU ${version}`, () => fetchPackage(version, reportToStderr)] as const,
    ),
    ['shells and groff', () => ensureHostPackages(['zsh', 'fish', 'groff'], reportToStderr)],
  ]);
}

/**
 * Brings what the host and VM tests need: Debian packages, QEMU, every CRIU. Guest images are built by the tests that
 * boot them, and stay in the cache.
 */
export function prepareMachine(): Promise<void> {
  return attemptAll([
    ['virtual machines', () => ensureVmHost(reportToStderr)],
    ['connections kept across a thaw', () => ensureHostPackages(['nftables'], reportToStderr)],
    ['the programs that the host tests freeze', () => ensureHostPackages(zooPackages, reportToStderr)],
    ['Vagrant', () => ensureVagrantHost(reportToStderr)],
    ...allToolboxVersions.map(
      version => [`CRIU ${version}`, () => criuFromToolbox(version, reportToStderr)] as const,
    ),
  ]);
}

/** What cannot be had here is said and left out: the tests that need it are then listed as skipped with that reason. */
async function attemptAll(attempts: readonly Attempt[]): Promise<void> {
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
