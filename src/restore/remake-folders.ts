import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '../errors.js';
import type { KeptPlace } from '../host/criu/mounts.js';

/**
 * Makes the folders again that were mounted for a tree and are gone: systemd deletes those of a unit when it stops, and
 * a reboot empties what is in memory. What is there stays as it is; folders above are for root alone, as systemd's.
 */
export async function remakeFolders(places: readonly KeptPlace[]): Promise<void> {
  for (const { source, mode, uid, gid } of places) {
    if (mode === undefined || (await stat(source).catch(() => undefined)) !== undefined) continue;
    try {
      await mkdir(dirname(source), { recursive: true, mode: 0o700 });
      await mkdir(source, { mode: 0o700 });
      await chown(source, uid ?? 0, gid ?? 0);
      await chmod(source, mode);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw fail('thaw-file', { path: source, problem }, { cause });
    }
  }
}
