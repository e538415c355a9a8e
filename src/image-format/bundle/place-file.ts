import { constants } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';

/** How a file came to its second place, the cheapest way first. */
export type Placement = 'reflinked' | 'linked' | 'copied';

/** Why a link cannot be made here although the file is fine: another file system, one without links, too many of them. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'EMLINK', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Gives a file a second place without reading it: its blocks are shared, or it gets a second name, or the kernel copies
 * it (copy_file_range(2)). The first place is never changed. Fails if the second one is taken.
 */
export async function placeFile(from: string, to: string): Promise<Placement> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return 'reflinked';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
  }
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    if (!NO_LINK.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  await copyFile(from, to, constants.COPYFILE_EXCL);
  return 'copied';
}
