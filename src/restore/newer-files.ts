import { statSync } from 'node:fs';

/** How many are named. */
const NAMED = 5;

/**
 * What a thaw that comes once more has to say: its memory is that of the freeze, and its files have gone on with the first
 * copy. undefined where none of them was written to since.
 * @param paths of the files that the processes have open
 * @param since milliseconds since 1970, when they were frozen
 */
export function newerFilesWarning(paths: Iterable<string>, since: number): string | undefined {
  const newer = [...new Set(paths)].filter(path => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true && found.mtimeMs > since;
  });
  if (newer.length === 0) return undefined;
  const more = newer.length > NAMED ? ', …' : '';
  return `files that it has open were written to since it was frozen, of which its memory knows nothing: ${newer.slice(0, NAMED).join(', ')}${more}; a database may ruin what is in them`;
}
