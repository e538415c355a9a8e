/** CRIU side by side: any of the known versions, ready to run on this host or to be copied into a guest. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder, completeOrAbsent } from './cache.js';
import { fromDebian } from './debian-package.js';
import { launcher, makePortable } from './portable-folder.js';
import { type ToolboxVersion, toolboxVersions, versionPrinted } from './versions.js';

export { allToolboxVersions, isToolboxVersion, type ToolboxVersion } from './versions.js';

/** The folder that holds one version's CRIU with all its libraries; it can be copied elsewhere as a whole. */
export function criuFolder(version: ToolboxVersion): string {
  return join(cacheFolder(), 'criu', version);
}

/**
 * The path of an executable CRIU of exactly this version, fetched from Debian the first time.
 *
 * @param report is told in words what takes time; nothing is reported when the version is in the cache
 * @throws when no suite that we know of carries this version, or carries it any more
 */
export async function criuFromToolbox(
  version: ToolboxVersion,
  report: (line: string) => void = () => {},
): Promise<string> {
  const folder = await completeOrAbsent(criuFolder(version), temporary =>
    fetchCriu(version, temporary, report),
  );
  const program = join(folder, 'criu');
  await renewLauncher(program);
  return program;
}

/** A cache keeps what an earlier ckpt has put into it. */
async function renewLauncher(program: string): Promise<void> {
  const text = launcher('criu');
  if ((await readFile(program, 'utf8')) === text) return;
  const temporary = `${program}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o755 });
  await rename(temporary, program);
}

async function fetchCriu(
  version: ToolboxVersion,
  folder: string,
  report: (line: string) => void,
): Promise<void> {
  if (toolboxVersions[version].length === 0) throw new Error(howToBuild(version));
  const work = `${folder}-packages`;
  const advice = `Copy ${criuFolder(version)} from a machine that still has it, or update scripts/toolbox/versions.ts.`;
  await fromDebian(version, 'criu', { work, report, advice }, async ({ apt, version: debian }) => {
    report(`CRIU ${version}: fetching criu ${debian} and its libraries`);
    const packages = await apt.download(['criu']);
    const root = join(work, 'root');
    await mkdir(root);
    for (const file of packages.filter(mayHoldLibraries)) await execa('dpkg-deb', ['-x', file, root]);
    await makePortable(root, 'usr/sbin/criu', folder);
    await checkVersion(join(folder, 'criu'), version);
    report(`CRIU ${version}: ready`);
  });
}

// Python, Perl and the like come along as dependencies of crit; none of them holds a library of criu itself.
function mayHoldLibraries(file: string): boolean {
  return /\/(criu|lib[^/]*)_[^/]*\.deb$/.test(file) && !/\/lib(python|perl)[^/]*$/.test(file);
}

async function checkVersion(criu: string, version: string): Promise<void> {
  const { stdout } = await execa(criu, ['--version']);
  const found = versionPrinted(stdout);
  if (found !== version) throw new Error(`the CRIU fetched as ${version} says it is ${found ?? stdout}`);
}

/** How somebody comes to a version that Debian does not have. */
function howToBuild(version: ToolboxVersion): string {
  return (
    `Debian has no CRIU ${version}. Build it from its sources (make criu), and type: ` +
    `npm run toolbox -- --built PATH/criu/criu. It comes into ${join(cacheFolder(), 'criu')}.`
  );
}
