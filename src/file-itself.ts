/** Files in places where others may write, as /tmp: nobody shall lead root elsewhere by a link, or keep it waiting by a FIFO. */
import { closeSync, constants, fstatSync, openSync, readlinkSync, type Stats } from 'node:fs';

/** O_PATH of open(2), which node:fs has no name for: nothing is read, nobody is waited for, and no device notices. */
export const PATH_ONLY = 0o10000000;

/** A regular file, whatever lies at its path by now. */
export interface FileItself {
  /** By this path it can be opened, as long as it is used. Nothing is opened before, for the sake of whoever has a lease on it. */
  readonly place: string;
  readonly stat: Stats;
  /** Device and inode, as a text (see `identityIn`). */
  readonly identity: string;
}

/**
 * Finds the regular file that lies at a path itself, and has it used. undefined where something else lies there, or nothing: a link
 * in its place, or in that of a folder above it, a FIFO, a device. Throws for what may not be looked at, or cannot be (EACCES, EMFILE).
 * @param path absolute, without links, as the kernel gives it
 */
export function withItself<T>(path: string, use: (file: FileItself | undefined) => T): T {
  const fd = openPlace(path);
  try {
    return use(fd === undefined ? undefined : fileIn(fd, path));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function fileIn(fd: number, path: string): FileItself | undefined {
  const place = `/proc/self/fd/${fd}`;
  const stat = fstatSync(fd);
  // What the kernel calls it now: by another path it was reached through a link.
  if (!stat.isFile() || readlinkSync(place) !== path) return undefined;
  return { place, stat, identity: identityIn(fstatSync(fd, { bigint: true })) };
}

/** What is no file at a path: nothing there, or no folder, or a ring of links, on the way. */
const NOTHING: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

function openPlace(path: string): number | undefined {
  try {
    return openSync(path, PATH_ONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (NOTHING.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

/**
 * Tells a file from others, as text: inodes of overlayfs (xino=on), NFS and CIFS exceed 2^53, and those of several files would be
 * one number. Node gives unsigned numbers of 64 bits with a sign.
 */
export function identityIn({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${BigInt.asUintN(64, ino)}`;
}
