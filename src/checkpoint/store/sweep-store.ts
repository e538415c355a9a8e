import { lstat, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { freeConnections } from '../../host/criu/killed-dump.js';
import { workGoesOn } from '../../host/work-owner.js';
import { PARTIAL, type WorkOwner, workDirectories } from '../../image-format/bundle/store.js';
import { runningRoots } from './workplace.js';

/**
 * Removes what runs that were cut off (kill -9, a power cut) left in the store, and gives how many there were. A work
 * directory is never the only place where processes exist that somebody wants: a freeze that got as far has renamed its
 * bundle out of it, one that did not has let its trees run on, and what is removed was given up. One that somebody still works in is left alone.
 * Where CRIU was killed, too (a login's processes all at once), the trees run on with connections that are still cut off.
 */
export async function sweepStore(store: string): Promise<number> {
  const left = (await workDirectories(store)).filter(directory => !workGoesOn(directory));
  for (const { path } of left) {
    for (const root of runningRoots(path)) await freeConnections(root);
    await rm(path, { recursive: true, force: true });
  }
  return left.length;
}

/**
 * The same for a folder where something is made, or `.ckpt` files are unpacked to be looked into. It may be one where anybody
 * can make directories (/var/tmp), of which only our own are ours to remove.
 */
export async function sweepPartial(folder: string): Promise<void> {
  for (const directory of await workDirectories(folder)) {
    if (!basename(directory.path).startsWith(PARTIAL) || workGoesOn(directory)) continue;
    const { uid } = await lstat(directory.path);
    if (uid === process.geteuid?.()) await rm(directory.path, { recursive: true, force: true });
  }
}

/**
 * Removes what a command has begun to make in a folder and gives up. Until it ends it may still be writing there, and taking
 * the same away itself.
 */
export async function sweepOwn(folder: string, owner: WorkOwner): Promise<void> {
  const own = (await workDirectories(folder)).filter(directory => directory.owner === owner);
  for (const { path } of own) await removeBeside(path, 10);
}

async function removeBeside(path: string, attempts: number): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    // The other was faster with a part of it, which rm() forgives for the whole only.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempts === 0) throw error;
    await removeBeside(path, attempts - 1);
  }
}
