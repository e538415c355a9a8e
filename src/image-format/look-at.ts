import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/** No file or folder of that name, or a file where a folder is needed on the way to it. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/** Whether an error of the file system says that there is nothing, rather than that it could not be seen. */
export function isAbsence(error: unknown): boolean {
  return ABSENT.has((error as NodeJS.ErrnoException).code);
}

/**
 * What lies at a path itself, links not followed; undefined where nothing does. Throws for what may not be looked at, or
 * cannot be (EACCES, EIO, ESTALE): who took that for an absence would call a store empty whose disk has failed.
 */
export async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
