import { close, fsync, open, writeFile, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const fsyncFile = promisify(fsync);
const writeDescriptor = promisify(writeFile);

/** Makes what was written to a file, or the names in a directory, survive a power cut. */
export async function syncPath(path: string): Promise<void> {
  const descriptor = await openFile(path, 'r');
  try {
    await fsyncFile(descriptor);
  } finally {
    await closeFile(descriptor);
  }
}

/** Syncs many files and directories at once, which costs hardly more than one: they share the journal's commits. */
export async function syncPaths(paths: Iterable<string>): Promise<void> {
  await Promise.all([...paths].map(syncPath));
}

/**
 * Writes a new small file (mode 0600), without a sync; fails if the name is taken. At once: for what takes less time than
 * another thread takes to begin with it.
 */
export function writeNew(path: string, data: string | Uint8Array): void {
  writeFileSync(path, data, { flag: 'wx', mode: 0o600 });
}

/** Writes a new file (mode 0600) and syncs it; fails if the name is taken. */
async function writeDurably(path: string, data: string | Uint8Array): Promise<void> {
  const descriptor = await openFile(path, 'wx', 0o600);
  try {
    await writeDescriptor(descriptor, data);
    await fsyncFile(descriptor);
  } finally {
    await closeFile(descriptor);
  }
}

/**
 * Replaces a file's contents so that a reader, or a crash, sees the old or the new and nothing between.
 * @param scratch a directory on the same file system for the new file until it is whole: never the bundle's own, where
 *   what a crash leaves would be a member too many
 */
export async function replaceDurably(
  path: string,
  data: string | Uint8Array,
  scratch: string,
): Promise<void> {
  const temporary = join(scratch, `new-${basename(path)}`);
  await rm(temporary, { force: true });
  await writeDurably(temporary, data);
  await rename(temporary, path);
  await syncPath(dirname(path));
}
