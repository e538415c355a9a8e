/**
 * Fetches and unpacks the packages into the cache, with an apt configuration of its own, so that the host's sources
 * stay as they are. The mirror is the one that the host's apt uses for Debian.
 */
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Suite } from './suites.js';

export const cacheDirectory = path.join(
  process.env.CKPT_CACHE ?? path.join(homedir(), '.cache', 'ckpt'),
  'pycriu',
);

/** The folder of a release's `*_pb2.py` files, below the cache. */
export function descriptorDirectory(suite: Suite): string {
  return path.join(packageDirectory(suite), 'usr/lib/python3/dist-packages/pycriu/images');
}

/** A release's unpacked package: `usr/bin/crit` and `usr/lib/python3/dist-packages` lie in it. */
export function packageDirectory(suite: Suite): string {
  return path.join(cacheDirectory, suite.version);
}

/** The suites whose package is not in the cache yet. */
export async function absentFrom(suites: readonly Suite[]): Promise<readonly Suite[]> {
  const there = await Promise.all(
    suites.map(suite => stat(descriptorDirectory(suite)).catch(() => undefined)),
  );
  return suites.filter((_, i) => there[i] === undefined);
}

/** Brings the given suites' packages into the cache. Needs the network. */
export async function fetchPackages(suites: readonly Suite[]): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  const work = await mkdtemp(path.join(cacheDirectory, '.fetch-'));
  try {
    const apt = await privateApt(work, suites);
    await apt('apt-get', 'update');
    for (const suite of suites) await fetchOne(suite, work, apt);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

type Apt = (tool: string, ...args: string[]) => Promise<string>;

async function fetchOne(suite: Suite, work: string, apt: Apt): Promise<void> {
  const debs = path.join(work, suite.suite);
  const tree = path.join(work, `${suite.suite}-tree`);
  await mkdir(debs);
  await apt('download', debs, `${suite.package}/${suite.suite}`);
  const [deb] = await readdir(debs);
  if (deb === undefined) throw new Error(`apt-get download left no ${suite.package} of ${suite.suite}`);
  const version = deb.split('_')[1]?.split('-')[0];
  if (version !== suite.version) {
    throw new Error(
      `${suite.suite} has moved on: it now has CRIU ${version}, not ${suite.version}. ` +
        'Add the new release to CRIU_VERSIONS and to scripts/wire-table/suites.ts; the table keeps what it knows of the old one.',
    );
  }
  await execa('dpkg-deb', ['-x', path.join(debs, deb), tree]);
  await rm(packageDirectory(suite), { recursive: true, force: true });
  await rename(tree, packageDirectory(suite));
}

async function privateApt(work: string, suites: readonly Suite[]): Promise<Apt> {
  const source = await debianSource();
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    await mkdir(path.join(work, folder), { recursive: true });
  }
  await writeFile(path.join(work, 'status'), '');
  await writeFile(
    path.join(work, 'sources.list'),
    suites.map(({ suite }) => `deb ${source.options} ${source.mirror} ${suite} main\n`).join(''),
  );
  await writeFile(
    path.join(work, 'apt.conf'),
    [
      `Dir::Etc::sourcelist "${work}/sources.list";`,
      'Dir::Etc::sourceparts "-";',
      `Dir::State "${work}/state";`,
      `Dir::State::status "${work}/status";`,
      `Dir::Cache "${work}/cache";`,
      'Acquire::Languages "none";',
      'APT::Sandbox::User "root";',
      '',
    ].join('\n'),
  );
  const env = { APT_CONFIG: path.join(work, 'apt.conf') };
  return async (tool, ...args) => {
    if (tool !== 'download') return (await execa(tool, args, { env })).stdout;
    const [cwd = work, ...names] = args;
    return (await execa('apt-get', ['download', ...names], { env, cwd })).stdout;
  };
}

/** Where Debian's keyring package puts the archive's keys. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The first archive of Debian itself that the host's apt knows, and the key to trust it by. */
async function debianSource(): Promise<{ mirror: string; options: string }> {
  const { stdout } = await execa('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
  ]);
  const mirror = stdout.split('\n').find(line => /\/debian\/?$/.test(line.trim()));
  if (mirror === undefined) {
    throw new Error("apt's own configuration names no Debian archive to fetch CRIU's packages from");
  }
  const keyring = await stat(KEYRING).catch(() => undefined);
  return { mirror: mirror.trim(), options: keyring === undefined ? '' : `[signed-by=${KEYRING}]` };
}
