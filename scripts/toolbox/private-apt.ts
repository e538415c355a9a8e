import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { aptFolder } from './apt-folder.js';
import type { DebianSource } from './versions.js';

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
  const suites = source.base === undefined ? [source.suite] : [source.base, source.suite];
  const { archives, env } = await aptFolder(folder, suites);
  const run = async (program: string, args: readonly string[], cwd = folder): Promise<string> => {
    const { stdout } = await execa(program, args, { cwd, env });
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
