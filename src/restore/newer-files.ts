import type { Stats } from 'node:fs';
import type { FrozenLock } from '../converters/locks.js';
import { fail } from '../errors.js';
import { fileSystemOf, statPath } from '../host/proc/files.js';

/** How many are named. */
const NAMED = 5;
/** How far the times of one change may lie apart, ms: a file that was put back has a rounded one. */
const ROUNDED = 1;

/**
 * NFS, FUSE, CIFS and SMB 2, 9p, Ceph (linux/magic.h, statfs(2)): what a program had written they may write only when it is gone,
 * and by the clock of another machine.
 */
const ELSEWHERE: ReadonlySet<number> = new Set([
  0x6969, 0x65735546, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400,
]);

/** When files had changed last at the freeze. */
export interface LastChanges {
  /** Milliseconds since 1970 by path, for those of which the bundle says it: no clock of a boot matters to them. */
  readonly known: ReadonlyMap<string, number>;
  /** Before this all others had, in the same. */
  readonly frozenAt: number;
}

/**
 * What a thaw has to say of files that somebody wrote to in the meantime, of which its memory knows nothing: the first copy
 * where it comes once more, others else. undefined where nobody did.
 * @param paths of files that the processes have open
 */
export function newerFilesWarning(paths: Iterable<string>, last: LastChanges): string | undefined {
  const written = [...new Set(paths)].filter(path => changedSince(path, last) !== undefined);
  if (written.length === 0) return undefined;
  const more = written.length > NAMED ? ', …' : '';
  return `files that it has open were written to since it was frozen, and its memory does not know: ${written.slice(0, NAMED).join(', ')}${more}; a database may ruin what is in them`;
}

/**
 * A process that holds a lock is in the middle of what nobody else may see or change; its lock ended with it. An empty file
 * has nothing but the lock.
 * @throws thaw-lock-broken for the first locked file that was written to since
 */
export function refuseBrokenLocks(locks: readonly FrozenLock[], last: LastChanges, name: string): void {
  for (const { path } of locks) {
    const found = changedSince(path, last);
    if (found === undefined || found.size === 0 || ELSEWHERE.has(fileSystemOf(path) ?? 0)) continue;
    throw fail('thaw-lock-broken', { path, at: found.mtime.toISOString(), name });
  }
}

function changedSince(path: string, { known, frozenAt }: LastChanges): Stats | undefined {
  const found = statPath(path);
  if (found?.isFile() !== true) return undefined;
  const then = known.get(path);
  const changed = then === undefined ? found.mtimeMs > frozenAt : Math.abs(found.mtimeMs - then) > ROUNDED;
  return changed ? found : undefined;
}
