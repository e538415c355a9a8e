/** A CRIU that was built by hand, for the versions that Debian does not have. */
import { rename, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { execa } from 'execa';
import { criuFolder } from './index.js';
import { makePortable } from './portable-folder.js';
import { isToolboxVersion, type ToolboxVersion, versionPrinted } from './versions.js';

/**
 * Takes a program that was built on this machine into the toolbox, with the libraries that it is linked with here, in the
 * place of what is there under its version.
 *
 * @param program such as `criu/criu` in the sources, after `make criu`
 */
export async function takeBuilt(program: string): Promise<ToolboxVersion> {
  const path = resolve(program);
  const { stdout } = await execa(path, ['--version']);
  const version = versionPrinted(stdout);
  if (version === undefined || !isToolboxVersion(version)) {
    throw new Error(`${path} is CRIU ${version ?? stdout}, which this ckpt does not know`);
  }
  const folder = criuFolder(version);
  const temporary = join(dirname(folder), `.${version}.${process.pid}`);
  try {
    await makePortable('/', relative('/', path), temporary);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return version;
}
