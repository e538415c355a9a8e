import { constants } from 'node:fs';
import { isSameFile, statLink } from '../../host/proc/files.js';
import { isGoneAtBoot } from '../../host/proc/gone-at-boot.js';
import type { PolicyFifo } from '../../image-format/bundle/manifest.js';
import type { Tree } from '../../image-format/neutral/index.js';

/**
 * The FIFOs that the tree has open by a name that a reboot takes away: CRIU saves what is in them, and opens them by
 * that name. To be asked while the tree stands still. What this ckpt does not see under the same path is left out.
 * @param within a process of a tree with mounts of its own, by the PID that this system knows it by
 */
export function fifosGoneAtBoot({ openFiles }: Tree, within?: number): readonly PolicyFifo[] {
  const paths = openFiles.flatMap(file => (file.kind === 'regular' && isFifo(file.mode) ? [file.path] : []));
  return [...new Set(paths)].flatMap(path => {
    const stat = statLink(path);
    if (stat?.isFIFO() !== true || !isGoneAtBoot(path)) return [];
    if (within !== undefined && !isSameFile(path, `/proc/${within}/root${path}`)) return [];
    return [{ path, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid }];
  });
}

function isFifo(mode = 0): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFIFO;
}
