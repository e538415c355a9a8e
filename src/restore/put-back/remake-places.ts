import { constants, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fail, messageOf } from '../../errors.js';
import type { KeptPlace } from '../../host/criu/mounts.js';
import { below, type OpenFolder, openOrMakeFolder, walkTo } from './open-folder.js';

const NEW_FILE = constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const CONTROL_GROUPS = '/sys/fs/cgroup/';
/** What of a folder's permissions lets others put something there, and what keeps them from what is not theirs. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Makes the folders, and empty files, again that were mounted for a tree and are gone: systemd deletes those of a unit when it stops, and
 * a reboot empties what is in memory. What is there stays as it is; folders above are for root alone, as systemd's.
 */
export async function remakePlaces(places: readonly KeptPlace[]): Promise<void> {
  for (const { source, mode, uid = 0, gid = 0, empty } of places) {
    try {
      if (empty) await remakeEmpty(source);
      else if (mode === undefined) await remakeControlGroup(source);
      else if (await isThere(source)) await refuseExchanged(source, uid);
      else await remake(source, { mode, uid, gid });
    } catch (cause) {
      const problem = messageOf(cause);
      throw fail('thaw-file', { path: source, problem }, { cause });
    }
  }
}

/**
 * A file of a control group, such as the memory.pressure that systemd mounts for a unit, is there as soon as the group is.
 * The group of a unit that is not started stays empty.
 */
async function remakeControlGroup(file: string): Promise<void> {
  if (!file.startsWith(CONTROL_GROUPS) || (await isThere(file))) return;
  await (await walkTo(dirname(file), openOrMake)).close();
}

/** Nothing but a place that something can be mounted on. */
async function remakeEmpty(path: string): Promise<void> {
  if (await isThere(path)) return;
  const above = await walkTo(dirname(path), openOrMake);
  try {
    await (await open(below(above, basename(path)), NEW_FILE, 0)).close();
  } finally {
    await above.close();
  }
}

/** In /tmp everybody can make a folder, or a link, with the name of one that systemd has deleted. */
async function refuseExchanged(path: string, uid: number): Promise<void> {
  if ((await realpath(path)) !== path) throw new RangeError('a symbolic link leads elsewhere');
  if ((await stat(path)).uid !== uid) throw new RangeError('somebody else owns it now');
}

/**
 * From one open folder to the next, none of which may be somebody's who could put something else in the place of what is
 * made; and what is given away is the open folder itself.
 */
async function remake(
  path: string,
  { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
): Promise<void> {
  const above = await walkTo(dirname(path), async step => {
    const folder = await openOrMake(step);
    const found = await folder.stat();
    const open = (found.mode & OTHERS_WRITE) !== 0 && (found.mode & STICKY) === 0;
    if (!open && (found.uid === 0 || found.uid === uid)) return folder;
    await folder.close();
    throw new RangeError(`somebody else can change the folder ${basename(step)} above it`);
  });
  try {
    const made = await openOrMake(below(above, basename(path)));
    try {
      if ((await made.stat()).uid !== 0) throw new RangeError('somebody else was faster');
      await made.chown(uid, gid);
      await made.chmod(mode);
    } finally {
      await made.close();
    }
  } finally {
    await above.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** For root alone, until it is given away. */
function openOrMake(path: string): Promise<OpenFolder> {
  return openOrMakeFolder(path, 0o700);
}
