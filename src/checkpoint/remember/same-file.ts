import type { Stats } from 'node:fs';

/** Whether two paths lead to the same file, or both to none: as this ckpt sees it, and as a tree with mounts of its own does. */
export function isSameFile(one: Stats | undefined, other: Stats | undefined): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
}
