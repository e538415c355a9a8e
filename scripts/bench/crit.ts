/** Debian's crit, with a Python of its own, in the cache: what the image codec is measured against. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder, completeOrAbsent } from '../toolbox/cache.js';
import { privateApt } from '../toolbox/private-apt.js';
import {
  type DebianSource,
  type ToolboxVersion,
  toolboxVersions,
  upstreamVersion,
} from '../toolbox/versions.js';

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
  const work = `${root}-packages`;
  try {
    for (const source of toolboxVersions[version] as readonly DebianSource[]) {
      const apt = await privateApt(join(work, source.suite), source);
      const candidate = await apt.candidate('python3-pycriu');
      if (candidate === undefined || upstreamVersion(candidate) !== version) continue;
      report(`crit ${version}: fetching it and its Python from Debian ${source.suite}`);
      for (const deb of await apt.download(['python3-pycriu'])) await execa('dpkg-deb', ['-x', deb, root]);
      return;
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  throw new Error(`Debian no longer carries python3-pycriu ${version} where the toolbox looks for it`);
}
