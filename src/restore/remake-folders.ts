import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '../errors.js';
import type { KeptPlace } from '../host/criu/mounts.js';

/**
 * Makes the folders again that were mounted for a tree and are gone: systemd deletes those of a unit when it stops, and
 * a reboot empties what is in memory. What is there stays as it is; folders above are for root alone, as systemd's.
 */
export async function remakeFolders(places: readonly KeptPlace[]): Promise<void> {
  for (const { source, mode, uid, gid } of places) {
    if (mode === undefined) continue;
    try {
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
  const above = dirname(path);
  if (!(await isThere(above))) await makeFolder(above);
  await mkdir(path, { mode: 0o700 });
}
