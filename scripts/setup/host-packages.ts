import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { archiveKeyring } from '../toolbox/apt-folder.js';
import { cacheFolder, withLock } from '../toolbox/cache.js';
import { debianMirror } from '../toolbox/debian-mirror.js';
import { type Report, step } from './progress.js';

const limitSeconds = 900;
/** What Debian's packages ask before they start a service: https://manpages.debian.org/policy-rc.d */
const servicePolicy = '/usr/sbin/policy-rc.d';
const policyText = `#!/bin/sh\n[ -d /proc/${process.pid} ] && exit 101\nrm -f "$0"\n`;

/**
 * Installs those of the packages that this machine does not have. Its own apt sources stay as they are: the lists
 * are those of its release, plus backports from the same mirror, in an apt configuration in the cache. No service that
 * comes with them is started.
 *
 * @param names Debian package names
 * @param options.backports prefer the release's backports for these packages and what they depend on
 * @throws when something is missing and this is not Debian, or not root
 */
export async function ensureHostPackages(
  names: readonly string[],
  report: Report,
  options: { readonly backports?: boolean; readonly upgrade?: boolean } = {},
): Promise<void> {
  const wanted = options.upgrade === true ? names : await missingOf(names);
  if (wanted.length === 0) return;
  const list = wanted.join(' ');
  if (process.getuid?.() !== 0)
    throw new Error(`these Debian packages are missing and installing needs root: ${list}`);
  const folder = join(cacheFolder(), 'vm', 'apt', 'host');
  await mkdir(folder, { recursive: true });
  await withLock(join(folder, 'lock'), limitSeconds, async () => {
    const codename = await debianCodename();
    const env = {
      APT_CONFIG: await aptConfiguration(folder, codename),
      LC_ALL: 'C',
      DEBIAN_FRONTEND: 'noninteractive',
    };
    const target = options.backports === true ? ['-t', `${codename}-backports`] : [];
    await step(report, `Debian packages for this machine: ${list}`, async () => {
      await execa('apt-get', ['-q', 'update'], { env });
      const result = await withoutServices(() =>
        execa(
          'apt-get',
          [
            '-q',
            '-y',
            '--no-install-recommends',
            '-o',
            'DPkg::Lock::Timeout=300',
            ...target,
            'install',
            ...wanted,
          ],
          { env, reject: false, all: true },
        ),
      );
      if (result.exitCode !== 0) {
        throw new Error(
          `apt-get could not install ${list}:\n${result.all.split('\n').slice(-20).join('\n')}`,
        );
      }
    });
  });
}

/** The policy goes with this process, however that ends: left behind, it would keep every later service from starting. */
async function withoutServices<T>(install: () => Promise<T>): Promise<T> {
  if (existsSync(servicePolicy)) return install();
  await writeFile(servicePolicy, policyText, { mode: 0o755 });
  try {
    return await install();
  } finally {
    await rm(servicePolicy, { force: true });
  }
}

async function missingOf(names: readonly string[]): Promise<readonly string[]> {
  const format = `\${Package} \${db:Status-Status}\n`;
  const { stdout } = await execa('dpkg-query', ['-W', '-f', format, ...names], { reject: false });
  const installed = new Set(
    stdout.split('\n').flatMap(line => (line.endsWith(' installed') ? [line.split(' ')[0] ?? ''] : [])),
  );
  return names.filter(name => !installed.has(name));
}

/** The release's code name, e.g. `bookworm`. @throws when this is no Debian */
async function debianCodename(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(text)?.[1];
  if (!/^ID=debian$/m.test(text) || codename === undefined) {
    throw new Error('set-up installs Debian packages and this machine is not a Debian release');
  }
  return codename;
}

/** Source lines for a release and its updates, as this machine's apt has them, from `apt-get update --print-uris`. */
export function releaseSources(printedUris: string, codename: string): readonly string[] {
  const line = /^'([^']+?)\/+dists\/([^/']+)\/InRelease'/gm;
  return [...printedUris.matchAll(line)].flatMap(([, uri, suite]) =>
    suite === codename || suite === `${codename}-updates` || suite === `${codename}-security`
      ? [`deb [arch=amd64 signed-by=${archiveKeyring}] ${uri} ${suite} main`]
      : [],
  );
}

async function aptConfiguration(folder: string, codename: string): Promise<string> {
  const { stdout } = await execa('apt-get', ['update', '--print-uris'], { reject: false });
  const backports = `deb [arch=amd64 signed-by=${archiveKeyring}] ${await debianMirror()} ${codename}-backports main`;
  const sources = join(folder, 'sources.list');
  await writeFile(sources, [...releaseSources(stdout, codename), backports, ''].join('\n'));
  for (const part of ['lists/partial', 'cache/archives/partial']) {
    if (!existsSync(join(folder, part))) await mkdir(join(folder, part), { recursive: true });
  }
  const config = join(folder, 'apt.conf');
  await writeFile(
    config,
    `Dir::Etc::SourceList "${sources}";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "${folder}/lists";
Dir::Cache "${folder}/cache";
Acquire::Languages "none";
Acquire::Retries "3";
`,
  );
  return config;
}
