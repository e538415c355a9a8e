import { constants, link, mkdir, open, rm } from 'node:fs/promises';

/** A folder that is open: what is done below it is done there, whatever its path leads to meanwhile. */
export type OpenFolder = Awaited<ReturnType<typeof open>>;

/** A folder itself, not what a link in its place leads to. */
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Throws ELOOP or ENOTDIR for a link. To be closed by who opened it. */
export function openFolder(path: string): Promise<OpenFolder> {
  return open(path, FOLDER);
}

/**
 * Opens a folder step by step, each from the open one above, without following a link at any: the folders may be users',
 * who could put a link in the place of one meanwhile.
 * @param step how to come into a folder: by opening it, unless one that is missing is to be made
 */
export async function walkTo(path: string, step = openFolder): Promise<OpenFolder> {
  let at = await openFolder('/');
  for (const [name] of path.matchAll(/[^/]+/g)) {
    const next = await step(below(at, name)).finally(() => at.close());
    at = next;
  }
  return at;
}

/**
 * In /dev/shm everybody can make a file with the name of one that a reboot took away, and would share memory with the
 * thawed processes: CRIU looks at size and permissions, and not at the owner. Root is trusted.
 */
export function refuseForeign(uid: number, expected: number): void {
  if (uid !== expected && uid !== 0) throw new RangeError('somebody else owns what lies there now');
}

/** Opens a folder, after making it, root's, where nothing is. What takes no folders, as /proc does, says so at once. */
export async function openOrMakeFolder(path: string, mode = 0o755): Promise<OpenFolder> {
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return openFolder(path);
}

/** The path of something in an open folder. */
export const below = ({ fd }: OpenFolder, name: string): string => `/proc/self/fd/${fd}/${name}`;

/**
 * Makes something in an open folder that appears in its place complete: it is made beside it, and linked. Throws EEXIST
 * where something lies there, which is never touched.
 * @param make makes it at a path, its owner and permissions too
 */
export async function makeInPlace(
  folder: OpenFolder,
  name: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = below(folder, `.ckpt-thaw-${process.pid}-${Date.now()}`);
  try {
    await make(temporary);
    await link(temporary, below(folder, name));
  } finally {
    await rm(temporary, { force: true });
  }
}
