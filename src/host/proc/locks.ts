import { readFile } from 'node:fs/promises';
import { PROC } from './files.js';

/** One line of `/proc/locks`. */
export interface FileLock {
  readonly kind: 'POSIX' | 'FLOCK' | 'OFDLCK' | 'LEASE' | 'DELEG' | string;
  readonly access: 'READ' | 'WRITE' | string;
  /** The owner; -1 for an open-file-description lock, which belongs to no process. */
  readonly pid: number;
  /** `MAJOR:MINOR:INODE`, hexadecimal device numbers and a decimal inode. */
  readonly file: string;
  /** True for one that waits for another lock to go. */
  readonly waiting: boolean;
  /** The first byte of the file that it is on, and the last; Infinity for the end, wherever that may be. */
  readonly first: number;
  readonly last: number;
}

const LINE = /^\d+: (->)?\s*(\S+)\s+(\S+)\s+(\S+)\s+(-?\d+) (\S+) (\d+) (\d+|EOF)/;

/** Never throws; lines it cannot read are left out. */
export function parseLocks(text: string): readonly FileLock[] {
  return text.split('\n').flatMap(line => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, arrow, kind = '', , access = '', pid = '', file = '', first = '', end = ''] = match;
    const last = end === 'EOF' ? Number.POSITIVE_INFINITY : Number(end);
    const waiting = arrow !== undefined;
    return [{ kind, access, pid: Number(pid), file, waiting, first: Number(first), last }];
  });
}

/**
 * Every file lock on the machine that our PID namespace can see; none where it cannot be read. Beside other work, since
 * the first to read the list after a while waits 10 ms for all processors (percpu_down_write in fs/locks.c, locks_start).
 */
export async function readLocks(proc = PROC): Promise<readonly FileLock[]> {
  return parseLocks(await readFile(`${proc}/locks`, 'utf8').catch(() => ''));
}
