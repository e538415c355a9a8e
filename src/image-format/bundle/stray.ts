import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type CkptError, fail } from '../../errors.js';
import { DOCUMENT, FROZEN, GUARD, MANIFEST, STATE } from './layout.js';

/** What lies in a store and was never a bundle. */
export interface Stray {
  readonly path: string;
  readonly name: string;
  readonly kind: 'file' | 'link' | 'folder' | 'special file';
}

/** What something in a store is, when it is no bundle, not even a damaged one: a folder with no member of a bundle. */
export async function strayKind(path: string): Promise<Stray['kind'] | undefined> {
  const there = await lstat(path);
  if (there.isSymbolicLink()) return 'link';
  if (there.isFile()) return 'file';
  if (!there.isDirectory()) return 'special file';
  const members = await readdir(path);
  return members.some(member => [MANIFEST, STATE, DOCUMENT].includes(member)) ? undefined : 'folder';
}

/** What a stray is to whoever takes it for a bundle. */
export function strayFailure(path: string, kind: Stray['kind']): CkptError {
  if (kind === 'folder') return fail('bundle-none', { path });
  return fail('bundle-not-directory', { bundle: basename(path), path });
}

/** What a bundle holds at its top, whichever members it has. */
const TOP: readonly string[] = [MANIFEST, STATE, DOCUMENT, FROZEN, GUARD, 'memory', 'payload', 'files'];

/**
 * Something in a folder that no bundle holds; undefined when there is nothing. What programs call `manifest.json` is often no
 * manifest of a bundle, so where it cannot be read this is what tells a damaged bundle from another's folder.
 */
export async function strangerIn(path: string): Promise<string | undefined> {
  const stranger = (await readdir(path)).find(name => !TOP.includes(name));
  return stranger === undefined ? undefined : join(path, stranger);
}
