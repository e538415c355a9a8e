import { type Stats, statSync } from 'node:fs';
import type { FrozenLock } from '../converters/locks.js';
import { fail } from '../errors.js';
import { fileSystemOf } from '../host/proc/files.js';

/** How many are named. */
const NAMED = 5;

/**
 * NFS, FUSE, CIFS and SMB 2, 9p, Ceph (linux/magic.h, statfs(2)): what a program had written they may write only when it is gone,
 * and by the clock of another machine.
 */
const ELSEWHERE: ReadonlySet<number> = new Set([
  0x6969, 0x65735546, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400,
]);

/**
 * What a thaw has to say of files that somebody wrote to in the meantime, of which its memory knows nothing: the first copy
 * where it comes once more, others else. undefined where nobody did.
 * @param paths of files that the processes have open
 * @param since milliseconds since 1970, when they were frozen
 */
export function newerFilesWarning(paths: Iterable<string>, since: number): string | undefined {
  const written = [...new Set(paths)].filter(path => newer(path, since) !== undefined);
  if (written.length === 0) return undefined;
  const more = written.length > NAMED ? ', …' : '';
  return `files that it has open were written to since it was frozen, of which its memory knows nothing: ${written.slice(0, NAMED).join(', ')}${more}; a database may ruin what is in them`;
}

/**
 * A process that holds a lock is in the middle of what nobody else may see or change; its lock ended with it. An empty file
 * has nothing but the lock.
 * @throws thaw-lock-broken for the first locked file that was written to since
 */
export function refuseBrokenLocks(locks: readonly FrozenLock[], since: number, name: string): void {
  for (const { path } of locks) {
    const found = newer(path, since);
    if (found === undefined || found.size === 0 || ELSEWHERE.has(fileSystemOf(path) ?? 0)) continue;
    throw fail('thaw-lock-broken', { path, at: found.mtime.toISOString(), name });
  }
}

function newer(path: string, since: number): Stats | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.mtimeMs > since ? found : undefined;
}
