import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { aptFolder } from '../toolbox/apt-folder.js';
import { cacheFolder, withLock } from '../toolbox/cache.js';

/** One Debian suite as seen by an apt of our own, whose lists stay in the cache; the machine's apt is not touched. */
export interface SuiteApt {
  readonly mirror: string;
  /** All package names that begin with `prefix`, in no order. */
  names(prefix: string): Promise<readonly string[]>;
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
    mirror,
    names: async prefix => (await apt(env, 'apt-cache', ['pkgnames', prefix])).stdout.split('\n'),
    download: async (names, target) => {
      await mkdir(target, { recursive: true });
      await execa('apt-get', ['-q', 'download', ...names], { cwd: target, env });
      const files = await readdir(target);
      return files.filter(file => file.endsWith('.deb')).map(file => join(target, file));
    },
  };
}

function apt(
  env: Readonly<Record<string, string>>,
  program: string,
  args: readonly string[],
  tolerant = false,
) {
  return execa(program, args, { env, reject: !tolerant, all: true });
}
