import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';

/** Where proc is mounted. Tests point it at a folder of their own. */
export const PROC = '/proc';

/** A process may end, or be out of bounds, between any two looks at it: then there is nothing to read. */
const GONE = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL', 'ENXIO', 'ESTALE']);

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

/** Where a link of /proc points; undefined as in `readText`. */
export function readLink(path: string): string | undefined {
  return orUndefined(() => readlinkSync(path));
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

/** What a link itself is (of /proc/PID/fd: its mode says for what the file is open); undefined as in `readText`. */
export function statLink(path: string): Stats | undefined {
  return orUndefined(() => lstatSync(path));
}

/** Most of a file that is in memory at a time; longer lines are cut. */
const lines = Buffer.allocUnsafeSlow(64 * 1024);

/** Gives the lines of a file one by one, as bytes that are overwritten afterwards. Never throws. */
export function eachLine(path: string, take: (bytes: Buffer, start: number, end: number) => void): void {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let kept = 0;
    for (;;) {
      const got = readSync(file, lines, kept, lines.length - kept, null);
      const end = kept + got;
      let start = 0;
      for (let at = lines.indexOf(10); at >= 0 && at < end; at = lines.indexOf(10, start)) {
        take(lines, start, at);
        start = at + 1;
      }
      const cut = start === 0 && end === lines.length;
      if ((got === 0 || cut) && end > start) take(lines, start, end);
      if (got === 0) return;
      kept = cut ? 0 : end - start;
      lines.copyWithin(0, start, end);
    }
  } catch {
    // It has gone, or may not be read: what was read of it holds.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
