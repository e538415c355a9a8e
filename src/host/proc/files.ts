import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Where proc is mounted. Tests point it at a folder of their own. */
export const PROC = '/proc';

/** A process may end, or be out of bounds, between any two looks at it: then there is nothing to read. */
const GONE = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL']);

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The file's text; undefined when its process has gone or may not be looked at. */
export function readText(path: string): string | undefined {
  return orUndefined(() => readFileSync(path, 'utf8'));
}

/** Where a link of /proc points; undefined as in `readText`. */
export function readLink(path: string): string | undefined {
  return orUndefined(() => readlinkSync(path));
}

/** The names in a folder, unsorted; undefined as in `readText`. */
export function readNames(path: string): readonly string[] | undefined {
  return orUndefined(() => readdirSync(path));
}
