import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '../errors.js';
import type { KeptPlace } from '../host/criu/mounts.js';

const CONTROL_GROUPS = '/sys/fs/cgroup/';

/**
 * Makes the folders again that were mounted for a tree and are gone: systemd deletes those of a unit when it stops, and
 * a reboot empties what is in memory. What is there stays as it is; folders above are for root alone, as systemd's.
 */
export async function remakePlaces(places: readonly KeptPlace[]): Promise<void> {
  for (const { source, mode, uid, gid } of places) {
    try {
      if (mode === undefined) {
        await remakeControlGroup(source);
        continue;
      }
      if (await isThere(source)) {
        await refuseForeign(source, uid ?? 0);
        continue;
      }
      await makeFolder(source);
      await chown(source, uid ?? 0, gid ?? 0);
      await chmod(source, mode);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw fail('thaw-file', { path: source, problem }, { cause });
    }
  }
}

/**
 * A file of a control group, such as the memory.pressure that systemd mounts for a unit, is there as soon as the group is.
 * The group of a unit that is not started stays empty.
 */
async function remakeControlGroup(file: string): Promise<void> {
  if (file.startsWith(CONTROL_GROUPS) && !(await isThere(file))) await makeFolder(dirname(file));
}

/** In /tmp everybody can make a folder, or a link, with the name of one that systemd has deleted. */
async function refuseForeign(path: string, uid: number): Promise<void> {
  if ((await realpath(path)) !== path) throw new RangeError('a symbolic link leads elsewhere');
  if ((await stat(path)).uid !== uid) throw new RangeError('somebody else owns it now');
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Step by step: Node's own `recursive` never ends where a file system takes no folders, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  if (await isThere(path)) return;
  await makeFolder(dirname(path));
  await mkdir(path, { mode: 0o700 });
}
