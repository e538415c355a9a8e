import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes the folders of a member in a bundle that is being filled, and never the bundle itself: where whoever gave the work up has
 * taken it away, nothing of it may come back. Throws ENOENT then.
 * @param member its path in the bundle
 */
export async function makeFolders(bundle: string, member: string): Promise<void> {
  const folder = dirname(member);
  if (folder === '.') return;
  await makeFolders(bundle, folder);
  await mkdir(join(bundle, folder), { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
