import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { debianMirror } from './debian-mirror.js';
import type { DebianSource } from './versions.js';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** An apt of its own: another suite's packages can be looked up and fetched without touching this machine's. */
export interface PrivateApt {
  /** The version that the suite has of a package, e.g. `4.2.1-1`; undefined if it has none. */
  candidate(name: string): Promise<string | undefined>;
  /** Downloads packages with everything they depend on, checked against the signed lists; the paths of the .deb files. */
  download(names: readonly string[]): Promise<readonly string[]>;
  /** Downloads one package without its dependencies; the path of the .deb file. */
  downloadAlone(name: string): Promise<string>;
}

/** Sets up an apt for `source` inside `folder` (made if absent) and fetches its package lists. */
export async function privateApt(folder: string, source: DebianSource): Promise<PrivateApt> {
  const archives = join(folder, 'cache', 'archives');
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const mirror = await debianMirror();
  const suites = source.base === undefined ? [source.suite] : [source.base, source.suite];
  const lines = suites.map(suite => `deb [arch=amd64 signed-by=${keyring}] ${mirror} ${suite} main\n`);
  await writeFile(join(folder, 'sources.list'), lines.join(''));
  const config = join(folder, 'apt.conf');
  await writeFile(config, aptConfiguration(folder));

  const run = async (program: string, args: readonly string[], cwd = folder): Promise<string> => {
    const { stdout } = await execa(program, args, { cwd, env: { APT_CONFIG: config, LC_ALL: 'C' } });
    return stdout;
  };
  await run('apt-get', ['-q', 'update']);
  return {
    candidate: async name => candidateIn(await run('apt-cache', ['policy', '-t', source.suite, name])),
    download: async names => {
      const get = ['-q', '-y', '--download-only', '-t', source.suite, 'install', ...names];
      await run('apt-get', get);
      const files = await readdir(archives);
      return files.filter(file => file.endsWith('.deb')).map(file => join(archives, file));
    },
    downloadAlone: async name => {
      const alone = join(folder, 'alone', name);
      await mkdir(alone, { recursive: true });
      await run('apt-get', ['-q', 'download', `${name}/${source.suite}`], alone);
      const file = (await readdir(alone)).find(found => found.endsWith('.deb'));
      if (file === undefined) throw new Error(`apt-get download left no ${name} of ${source.suite}`);
      return join(alone, file);
    },
  };
}

/** The candidate in what `apt-cache policy` prints. */
export function candidateIn(policy: string): string | undefined {
  const version = /^\s*Candidate:\s*(\S+)/m.exec(policy)?.[1];
  return version === '(none)' ? undefined : version;
}

// Proxies and the like in /etc/apt/apt.conf.d still count; the machine's sources, preferences and state do not.
// A Release file past its date is taken: old suites are not refreshed, and what they sign has not changed.
function aptConfiguration(folder: string): string {
  return `Dir::Etc::SourceList "${folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "${folder}";
Dir::State::Lists "${folder}/lists";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
`;
}
