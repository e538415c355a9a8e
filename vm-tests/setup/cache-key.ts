import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const guestFolder = fileURLToPath(new URL('../guest', import.meta.url));

/** Twelve hex digits that change when the recipe does: how a cached thing is told from one made another way. */
export function cacheKey(recipe: unknown): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
}

/** Path, mode and content digest of every file below `folder`, sorted, to be part of a recipe. */
export function filesOf(folder: string): readonly (readonly [string, number, string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(path => [
      relative(folder, path),
      statSync(path).mode & 0o777,
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    ]);
}
