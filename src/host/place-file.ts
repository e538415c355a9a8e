import { chmod, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file, whole or not at all, and makes its folder. Both are on the disk when this returns: `kexec -e` writes
 * nothing back.
 */
export async function placeFile(path: string, text: string, mode = 0o644): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // No name that systemd would read.
  const temporary = `${path}.ckpt-new`;
  try {
    await writeFile(temporary, text);
    await chmod(temporary, mode);
    await syncPlace(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  for (const one of [folder, dirname(folder)]) await syncPlace(one);
}

/** Makes the contents of a file, or the names in a folder, survive the end of this kernel. */
export async function syncPlace(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
