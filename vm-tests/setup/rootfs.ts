import { chmod, copyFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type Report, step } from '../../scripts/setup/progress.js';
import { archiveKeyring } from '../../scripts/toolbox/apt-folder.js';
import { cacheFolder, completeOrAbsent } from '../../scripts/toolbox/cache.js';
import { debianMirror } from '../../scripts/toolbox/debian-mirror.js';
import { cacheKey, guestFolder } from './cache-key.js';
import { packagesOf, type RootfsRecipe } from './userland.js';

const buildLimitSeconds = 1200;

/**
 * Fills `folder` (made if absent) with the root file system of a guest: Debian's packages, the agent and, by kind,
 * our init or our units. The Debian part comes from the cache when it was built before.
 */
export async function buildRootfs(recipe: RootfsRecipe, folder: string, report: Report): Promise<void> {
  const base = await debianBase(recipe, report);
  await mkdir(folder, { recursive: true });
  await execa('cp', ['-a', '--reflink=auto', `${base}/.`, folder]);
  await addGuestFiles(recipe, folder);
}

/** The cached Debian tree of a recipe, without anything of ours; not to be written to. */
async function debianBase(recipe: RootfsRecipe, report: Report): Promise<string> {
  const packages = packagesOf(recipe);
  const key = cacheKey({ suite: recipe.suite, packages, options: debianOptions });
  const path = join(cacheFolder(), 'vm', 'debian', `${recipe.suite}-${key}`);
  const built = await completeOrAbsent(
    path,
    temporary =>
      step(report, `Debian ${recipe.suite} (${packages.length} packages and what they need)`, () =>
        bootstrap(recipe.suite, packages, join(temporary, 'root'), report),
      ),
    buildLimitSeconds,
  );
  return join(built, 'root');
}

// Old suites are no longer refreshed, so their Release files run past their dates. A cached tree needs no fsync.
const debianOptions = [
  '--mode=root',
  '--variant=essential',
  '--components=main',
  '--architectures=amd64',
  '--aptopt=APT::Install-Recommends "false"',
  '--aptopt=Acquire::Check-Valid-Until "false"',
  '--aptopt=Acquire::Languages "none"',
  '--aptopt=Acquire::Retries "3"',
  '--dpkgopt=force-unsafe-io',
  '--dpkgopt=path-exclude=/usr/share/doc/*',
  '--dpkgopt=path-exclude=/usr/share/man/*',
  '--dpkgopt=path-exclude=/usr/share/locale/*',
];

const bootstrapAttempts = 2;

/** A mirror that is being synchronised, or a network that is away for a moment, is mostly back at the second attempt. */
async function bootstrap(
  suite: string,
  packages: readonly string[],
  root: string,
  report: Report,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await mmdebstrap(suite, packages, root);
    if (failure === undefined) return;
    const what = `Debian ${suite} could not be built (${packages.join(' ')}):\n${failure}`;
    if (attempt === bootstrapAttempts) throw new Error(what);
    report(`${what}\ntrying once more`);
    await rm(root, { recursive: true, force: true });
  }
}

/** The end of what it said when it failed. */
async function mmdebstrap(
  suite: string,
  packages: readonly string[],
  root: string,
): Promise<string | undefined> {
  const mirror = `deb [signed-by=${archiveKeyring}] ${await debianMirror()} ${suite} main`;
  const include = `--include=${packages.join(',')}`;
  const result = await execa('mmdebstrap', [...debianOptions, include, suite, root, mirror], {
    reject: false,
    all: true,
    env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  return result.exitCode === 0 ? undefined : result.all.split('\n').slice(-25).join('\n');
}

async function addGuestFiles({ suite, kind }: RootfsRecipe, root: string): Promise<void> {
  const ours = join(root, 'usr', 'lib', 'ckpt-vm');
  await mkdir(ours, { recursive: true });
  await copyAll(join(guestFolder, 'common'), ours);
  await mkdir(join(root, 'etc', 'ckpt'), { recursive: true });
  await mkdir(join(root, 'var', 'lib', 'ckpt'), { recursive: true });
  await rm(join(root, 'etc', 'resolv.conf'), { force: true });
  await writeFile(join(root, 'etc', 'hostname'), `${suite}\n`);
  await writeFile(join(root, 'etc', 'hosts'), `127.0.0.1 localhost ${suite}\n::1 localhost\n`);
  await writeFile(join(root, 'etc', 'fstab'), '');
  await (kind === 'bare' ? addBare(root, ours) : addSystemd(root));
}

async function addBare(root: string, ours: string): Promise<void> {
  await copyAll(join(guestFolder, 'bare'), ours);
  await rm(join(ours, 'inittab'));
  await copyFile(join(guestFolder, 'bare', 'inittab'), join(root, 'etc', 'inittab'));
  await symlink('/bin/busybox', join(ours, 'init'));
}

async function addSystemd(root: string): Promise<void> {
  const units = join(root, 'etc', 'systemd', 'system');
  const from = join(guestFolder, 'systemd');
  await copyAll(from, units);
  for (const [unit, target] of [
    ['ckpt-vm-agent.service', 'sysinit.target'],
    ['ckpt-vm-network.service', 'multi-user.target'],
    ['ckpt-vm-shell.service', 'multi-user.target'],
  ] as const) {
    const link = join(units, `${target}.wants`, unit);
    await mkdir(dirname(link), { recursive: true });
    await symlink(`/etc/systemd/system/${unit}`, link);
  }
  // Timers and services that a test guest has no use for: each costs emulated seconds at boot.
  for (const unit of maskedUnits) await mask(units, unit);
  for (const unit of ['redis-server.service', 'redis.service', 'nginx.service', 'nftables.service']) {
    await rm(join(units, 'multi-user.target.wants', unit), { force: true });
  }
  await writeFile(join(root, 'etc', 'machine-id'), '');
  // Says that /etc and /var are up to date with /usr: else the first boot rebuilds caches for seconds.
  for (const folder of ['etc', 'var'])
    await writeFile(join(root, folder, '.updated'), 'TIMESTAMP_NSEC=4102444800000000000\n');
}

const maskedUnits = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'fstrim.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'getty@.service',
  'serial-getty@.service',
  'systemd-networkd-wait-online.service',
  'kexec-load.service',
  'kexec.service',
];

async function mask(units: string, unit: string): Promise<void> {
  await rm(join(units, unit), { force: true });
  await symlink('/dev/null', join(units, unit));
}

async function copyAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.pyc')) continue;
    await copyFile(join(from, entry.name), join(to, entry.name));
    await chmod(join(to, entry.name), /\.(service|py)$|inittab$/.test(entry.name) ? 0o644 : 0o755);
  }
}
