import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { aptFolder } from '../toolbox/apt-folder.js';
import { cacheFolder, withLock } from '../toolbox/cache.js';

/** One Debian suite as seen by an apt of our own, whose lists stay in the cache; the machine's apt is not touched. */
export interface SuiteApt {
  readonly suite: string;
  readonly mirror: string;
  /** All package names that begin with `prefix`, in no order. */
  names(prefix: string): Promise<readonly string[]>;
  /** The control fields of the newest version of a package; undefined when the suite does not have it. */
  show(name: string): Promise<ReadonlyMap<string, string> | undefined>;
  /** Downloads exactly these packages (no dependencies), checked against the signed lists; paths of the .deb files. */
  download(names: readonly string[], folder: string): Promise<readonly string[]>;
}

const listLimitSeconds = 300;

/**
 * Opens a suite, fetching its lists if they are absent or `fresh` is asked for.
 *
 * @throws with apt's own words when the mirror does not have the suite (any more)
 */
export async function suiteApt(suite: string, fresh = false): Promise<SuiteApt> {
  const folder = join(cacheFolder(), 'vm', 'apt', suite);
  const { mirror, env } = await aptFolder(folder, [suite]);
  await withLock(join(folder, 'lock'), listLimitSeconds, async () => {
    const ready = join(folder, 'ready');
    if (existsSync(ready) && !fresh) return;
    const update = await apt(env, 'apt-get', ['-q', 'update', '--error-on=any'], true);
    if (update.exitCode !== 0) {
      throw new Error(`Debian's suite ${suite} cannot be read from the mirror that apt uses: ${update.all}`);
    }
    await writeFile(ready, '');
  });
  return {
    suite,
    mirror,
    names: async prefix => (await apt(env, 'apt-cache', ['pkgnames', prefix])).stdout.split('\n'),
    show: async name => {
      const shown = await apt(env, 'apt-cache', ['show', '--no-all-versions', name], true);
      return shown.exitCode === 0 ? controlFields(shown.stdout) : undefined;
    },
    download: async (names, target) => {
      await mkdir(target, { recursive: true });
      await execa('apt-get', ['-q', 'download', ...names], { cwd: target, env });
      const files = await readdir(target);
      return files.filter(file => file.endsWith('.deb')).map(file => join(target, file));
    },
  };
}

/** The fields of the first paragraph of Debian control text; folded lines are left out. */
export function controlFields(text: string): ReadonlyMap<string, string> {
  const paragraph = text.split('\n\n', 1)[0] ?? '';
  const fields = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const match = /^([A-Za-z0-9-]+): (.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], match[2]);
  }
  return fields;
}

function apt(
  env: Readonly<Record<string, string>>,
  program: string,
  args: readonly string[],
  tolerant = false,
) {
  return execa(program, args, { env, reject: !tolerant, all: true });
}
