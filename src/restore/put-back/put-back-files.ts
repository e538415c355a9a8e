import { constants, copyFile, link, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fail, messageOf } from '../../errors.js';
import type { PolicyFile } from '../../image-format/bundle/manifest.js';
import { below, makeInPlace, openOrMakeFolder, refuseForeign, walkTo } from './open-folder.js';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Puts files back that were carried along, and makes empty ones that are to be opened anew, where nothing lies in their
 * place. Never touches what is there. A file appears in its place complete: it is made beside it and linked.
 * @param memberPath where a member of the bundle lies
 * @returns the paths that were made
 */
export async function putBackFiles(
  files: readonly PolicyFile[],
  memberPath: (member: string) => string,
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const file of files) {
    if (file.action === 'ignore') continue;
    try {
      const there = await stat(file.path).catch(() => undefined);
      if (there !== undefined) {
        if (file.action === 'carry') refuseForeign(there.uid, file.uid);
        continue;
      }
      if (await putBack(file, memberPath)) made.push(file.path);
    } catch (cause) {
      const problem = messageOf(cause);
      throw fail('thaw-file', { path: file.path, problem }, { cause });
    }
  }
  return made;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Through its open folder and open file: in a folder of users somebody could put a link in the place of either. */
async function putBack(file: PolicyFile, memberPath: (member: string) => string): Promise<boolean> {
  const folder = await walkTo(dirname(file.path), openOrMakeFolder);
  const name = basename(file.path);
  try {
    if (file.sameAs === undefined)
      await makeInPlace(folder, name, temporary => make(file, temporary, memberPath));
    else await link(below(folder, basename(file.sameAs)), below(folder, name));
    return true;
  } catch (error) {
    // Somebody was faster: what is there stays.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await isThere(file.path))) return false;
    throw error;
  } finally {
    await folder.close();
  }
}

async function make(
  file: PolicyFile,
  temporary: string,
  memberPath: (member: string) => string,
): Promise<void> {
  const made = await open(temporary, NEW_FILE, 0o600);
  try {
    const itself = `/proc/self/fd/${made.fd}`;
    if (file.member !== undefined)
      await copyFile(memberPath(file.member), itself, constants.COPYFILE_FICLONE);
    await made.chown(file.uid, file.gid);
    await made.chmod(file.mode);
    await made.utimes(file.modified / 1000, file.modified / 1000);
  } finally {
    await made.close();
  }
}
