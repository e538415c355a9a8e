import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Longest file that is read, bytes: dynamic linkers have less than 1 MiB, static programs seldom more than 100. */
const LONGEST = 256 * 2 ** 20;

/** The content of a plain file; undefined for what is none, is too long, or cannot be read. Waits for no FIFO. */
export function readPlainFile(path: string): Uint8Array | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    // a file of /proc says that it is empty, and may be endless
    if (!stat.isFile() || stat.size === 0 || stat.size > LONGEST) return undefined;
    return readFileSync(fd);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
