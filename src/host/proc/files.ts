import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { identityIn, PATH_ONLY, withItself } from '../../file-itself.js';
import { isMemoryFileSystem } from './file-systems.js';

/** Where proc is mounted. Tests point it at a folder of their own. */
export const PROC = '/proc';

/**
 * A process may end, or be out of bounds, between any two looks at it, and what it has mounted may be without a server: then
 * there is nothing to read.
 */
const GONE = new Set([
  ...['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL', 'ENXIO', 'ESTALE'],
  ...['ENOTCONN', 'EHOSTDOWN', 'ETIMEDOUT'],
]);

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

// One buffer for all: thousands of small files are read one after another, never at once.
const buffer = Buffer.allocUnsafe(1 << 16);

/**
 * The file's text; undefined when its process has gone or may not be looked at. Half the system calls of
 * `readFileSync`, which asks for a size that /proc does not know.
 */
export function readText(path: string): string | undefined {
  return orUndefined(() => {
    const file = openSync(path, 'r');
    try {
      let length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) return '';
      // seq_files end a read early, so only an empty one means the end.
      const parts: Buffer[] = [];
      let used = length;
      for (;;) {
        if (used === buffer.length) {
          parts.push(Buffer.from(buffer));
          used = 0;
        }
        length = readSync(file, buffer, used, buffer.length - used, null);
        if (length === 0) break;
        used += length;
      }
      const last = buffer.subarray(0, used);
      return parts.length === 0 ? last.toString('utf8') : Buffer.concat([...parts, last]).toString('utf8');
    } finally {
      closeSync(file);
    }
  });
}

/**
 * As `readText`, for the files of /proc that the kernel makes in one piece (stat, status, fdinfo, cgroup): one read
 * gets all of them, so the second one that would say "end" is saved. Over 64 KiB it falls back.
 */
export function readPiece(path: string): string | undefined {
  const text = orUndefined(() => {
    const file = openSync(path, 'r');
    try {
      const length = readSync(file, buffer, 0, buffer.length, null);
      return length === buffer.length ? undefined : buffer.toString('utf8', 0, length);
    } finally {
      closeSync(file);
    }
  });
  return text ?? readText(path);
}

/**
 * The text of a file where others may put something else in its place (see `withItself`), if that has 1 to `most` bytes; undefined as
 * in `readText`.
 */
export function readSmallFile(path: string, most: number): string | undefined {
  return orUndefined(() =>
    withItself(path, file => {
      const size = file?.stat.size ?? 0;
      return file === undefined || size === 0 || size > most ? undefined : readText(file.place);
    }),
  );
}

/** Where a link of /proc points; undefined as in `readText`. */
export function readLink(path: string): string | undefined {
  return orUndefined(() => readlinkSync(path));
}

/** The same exactly, where it need not be text; undefined as in `readText`. */
export function readLinkBytes(path: string): Buffer | undefined {
  return orUndefined(() => readlinkSync(path, 'buffer'));
}

/** The names in a folder, unsorted; undefined as in `readText`. */
export function readNames(path: string): readonly string[] | undefined {
  return orUndefined(() => readdirSync(path));
}

/** What lies behind a path (links followed, also the magic ones of /proc/PID/fd); undefined as in `readText`. */
export function statPath(path: string): Stats | undefined {
  return orUndefined(() => statSync(path));
}

/** The magic number of a path's file system (linux/magic.h); undefined as in `readText`. */
export function fileSystemOf(path: string): number | undefined {
  return orUndefined(() => statfsSync(path).type >>> 0);
}

/** A path without links; undefined where there is nothing, or it cannot be looked at. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Whether what lies at a path is gone after a reboot: its file system is one in memory. False where it cannot be looked at. */
export function isInMemory(path: string): boolean {
  return isMemoryFileSystem(fileSystemOf(path) ?? 0);
}

/** Device and inode of what lies behind a path, as text (see `identityIn`); undefined as in `readText`. */
export function identityOf(path: string): string | undefined {
  return orUndefined(() => identityIn(statSync(path, { bigint: true })));
}

/** The inode as a text, exactly; undefined as in `readText`. */
export function inodeOf(path: string): string | undefined {
  return identityOf(path)?.split(':')[1];
}

/** Of the file of a socket, as the kernel's tables of sockets have it: cut to 32 bits (net/unix/diag.c, sk_diag_dump_vfs()). */
export function socketInode(path: string): number | undefined {
  return orUndefined(() => Number(BigInt.asUintN(32, lstatSync(path, { bigint: true }).ino)));
}

/** Whether two paths lead to the same file, or both to none: as this ckpt sees it, and as a tree with mounts of its own does. */
export function isSameFile(one: string, other: string): boolean {
  return identityOf(one) === identityOf(other);
}

/**
 * What a regular file is called in a folder, by its inode there, or a socket, by what `socketInode` says. Others are not
 * looked at: there may be many.
 */
export function namesOf(folder: string, inode: number | string, type: 'file' | 'socket'): readonly string[] {
  const isIt = (path: string): boolean =>
    type === 'socket' ? socketInode(path) === inode : inodeOf(path) === `${inode}`;
  const entries = orUndefined(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries
    .filter(entry => (type === 'file' ? entry.isFile() : entry.isSocket()))
    .map(({ name }) => name)
    .filter(name => isIt(`${folder}/${name}`));
}

/** What a link itself is (of /proc/PID/fd: its mode says for what the file is open); undefined as in `readText`. */
export function statLink(path: string): Stats | undefined {
  return orUndefined(() => lstatSync(path));
}

/** The number of the mount that a path lies on (links of /proc followed); undefined as in `readText`. */
export function mountOf(path: string): number | undefined {
  return orUndefined(() => {
    const file = openSync(path, constants.O_RDONLY | PATH_ONLY);
    try {
      return Number(/^mnt_id:\s*(\d+)$/m.exec(readPiece(`/proc/self/fdinfo/${file}`) ?? '')?.[1]);
    } finally {
      closeSync(file);
    }
  });
}
