import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fail, messageOf } from '../../errors.js';
import type { PolicyFolder } from '../../image-format/bundle/manifest.js';
import { below, openFolder, refuseForeign, walkTo } from './open-folder.js';

/** What says that something else lies there, or nothing to put a folder in: left to CRIU, which names what it misses. */
const LEAVE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Makes the folders in memory again that are gone: a reboot took them away, or systemd with the unit. What is there stays
 * as it is. They may lie in folders of users, who could put a link in the place of one meanwhile: so each step is taken
 * from the open folder above, and what is given away is the open folder that was made.
 * @param folders those above others come first
 */
export async function remakeFolders(folders: readonly PolicyFolder[]): Promise<void> {
  for (const folder of folders) {
    try {
      await remake(folder);
    } catch (cause) {
      if (LEAVE.has((cause as NodeJS.ErrnoException).code)) continue;
      const problem = messageOf(cause);
      throw fail('thaw-file', { path: folder.path, problem }, { cause });
    }
  }
}

async function remake({ path, mode, uid, gid }: PolicyFolder): Promise<void> {
  const above = await walkTo(dirname(path));
  try {
    const name = below(above, basename(path));
    const isNew = await makes(name);
    const made = await openFolder(name);
    try {
      if (isNew) {
        await made.chown(uid, gid);
        await made.chmod(mode);
      } else refuseForeign((await made.stat()).uid, uid);
    } finally {
      await made.close();
    }
  } finally {
    await above.close();
  }
}

/** False for what is there. */
async function makes(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
