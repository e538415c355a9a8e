import { lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import type { PolicySocketName } from '../../image-format/bundle/manifest.js';
import { below, type OpenFolder, walkTo } from './open-folder.js';

/**
 * Gives the files of unix sockets the names that they had: CRIU has bound each socket to the name that it was bound to at
 * first. A socket that lies there already is the one of before, and is replaced, as CRIU does it; anything else stays.
 * To be called when CRIU has rebuilt the processes and before they run on.
 * @returns what could not be done, a line each
 */
export async function nameSockets(names: readonly PolicySocketName[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const one of names) {
    const problem = await nameSocket(one).catch(messageOf);
    if (problem !== undefined) problems.push(`${join(one.folder, one.bound)} → ${one.name}: ${problem}`);
  }
  return problems;
}

async function nameSocket({ folder, bound, name }: PolicySocketName): Promise<string | undefined> {
  const at = await walkTo(folder);
  try {
    if (!(await isSocket(at, bound))) return 'no socket is bound there';
    if ((await isSocket(at, name)) === false) return 'something else has that name';
    await rename(below(at, bound), below(at, name));
    return undefined;
  } finally {
    await at.close();
  }
}

/** Undefined where there is nothing. */
async function isSocket(folder: OpenFolder, name: string): Promise<boolean | undefined> {
  const stat = await lstat(below(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return stat?.isSocket();
}
