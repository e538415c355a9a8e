/** Debian's crit, with a Python of its own, in the cache: what the image codec is measured against. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder, completeOrAbsent } from '../toolbox/cache.js';
import { fromDebian } from '../toolbox/debian-package.js';
import type { ToolboxVersion } from '../toolbox/versions.js';

/** Runs Python source with pycriu importable; gives what it prints. */
export type CritPython = (source: string, args: readonly string[]) => Promise<string>;

/** A Python with one release's pycriu and Debian's python3-protobuf, fetched the first time (about 40 MB). */
export async function critPython(
  version: ToolboxVersion,
  report: (line: string) => void,
): Promise<CritPython> {
  const root = await completeOrAbsent(join(cacheFolder(), 'crit', version), temporary =>
    unpackCrit(version, temporary, report),
  );
  const bin = join(root, 'usr/bin');
  const python = (await readdir(bin)).find(name => /^python3\.\d+$/.test(name));
  if (python === undefined) throw new Error(`${root} holds no python3; remove it and try again`);
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu']
    .map(path => join(root, path))
    .join(':');
  const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2');
  return async (source, args) => {
    const { stdout } = await execa(
      loader,
      ['--library-path', libraries, join(bin, python), '-c', source, ...args],
      {
        env: { PYTHONHOME: join(root, 'usr'), PYTHONPATH: join(root, 'usr/lib/python3/dist-packages') },
      },
    );
    return stdout;
  };
}

async function unpackCrit(
  version: ToolboxVersion,
  root: string,
  report: (line: string) => void,
): Promise<void> {
  const name = 'python3-pycriu';
  const options = { work: `${root}-packages`, report, advice: 'Update scripts/toolbox/versions.ts.' };
  await fromDebian(version, name, options, async ({ apt, suite }) => {
    report(`crit ${version}: fetching it and its Python from Debian ${suite}`);
    for (const deb of await apt.download([name])) await execa('dpkg-deb', ['-x', deb, root]);
  });
}
