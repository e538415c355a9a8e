import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianMirror } from './debian-mirror.js';

export const archiveKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A folder that holds everything an apt of our own reads and writes. */
export interface AptFolder {
  readonly archives: string;
  readonly mirror: string;
  /** What a program of apt must be started with to use this folder instead of the machine's state. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Lays out `folder` (made if absent) for an apt that knows `suites` of this machine's mirror and has nothing
 * installed. Lists are not fetched yet.
 */
export async function aptFolder(folder: string, suites: readonly string[]): Promise<AptFolder> {
  const archives = join(folder, 'cache', 'archives');
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  await writeWhole(join(folder, 'status'), '');
  const mirror = await debianMirror();
  const lines = suites.map(suite => `deb [arch=amd64 signed-by=${archiveKeyring}] ${mirror} ${suite} main\n`);
  await writeWhole(join(folder, 'sources.list'), lines.join(''));
  const config = join(folder, 'apt.conf');
  await writeWhole(config, configuration(folder));
  return { archives, mirror, env: { APT_CONFIG: config, LC_ALL: 'C' } };
}

// Another process's apt may be reading the same folder.
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

// Proxies and the like in /etc/apt/apt.conf.d still count; the machine's sources, preferences and state do not.
// A Release file past its date is taken: old suites are not refreshed, and what they sign has not changed.
function configuration(folder: string): string {
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
