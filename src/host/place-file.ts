import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file and makes its folder. Both are on the disk when this returns: `kexec -e` writes nothing back. */
export async function placeFile(path: string, text: string, mode = 0o644): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
  for (const one of [path, folder, dirname(folder)]) await syncPlace(one);
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
