import {
  chmod,
  chown,
  constants,
  copyFile,
  link,
  mkdir,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../errors.js';
import type { PolicyFile } from '../image-format/bundle/manifest.js';

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
    if (file.action === 'ignore' || (await isThere(file.path))) continue;
    try {
      if (await putBack(file, memberPath)) made.push(file.path);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw fail('thaw-file', { path: file.path, problem }, { cause });
    }
  }
  return made;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function putBack(file: PolicyFile, memberPath: (member: string) => string): Promise<boolean> {
  const folder = dirname(file.path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.ckpt-thaw-${process.pid}-${Date.now()}`);
  try {
    if (file.member === undefined) await writeFile(temporary, '', { flag: 'wx', mode: 0o600 });
    else
      await copyFile(
        memberPath(file.member),
        temporary,
        constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
      );
    await chown(temporary, file.uid, file.gid);
    await chmod(temporary, file.mode);
    await utimes(temporary, file.modified / 1000, file.modified / 1000);
    await link(temporary, file.path);
    return true;
  } catch (error) {
    // Somebody was faster: what is there stays.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await isThere(file.path))) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
