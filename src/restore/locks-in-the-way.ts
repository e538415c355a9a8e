import { setTimeout as sleep } from 'node:timers/promises';
import type { FrozenLock } from '../converters/locks.js';
import { fail } from '../errors.js';
import { statPath } from '../host/proc/files.js';
import { type FileLock, listTasks, majorOf, minorOf, readDescriptors } from '../host/proc/index.js';
import { readLocks } from '../host/proc/locks.js';
import { whoIs } from '../host/systemd/scope.js';

/** How long a lock in the way is waited for, ms: who works with a database has it for a moment. */
const LOCK_PATIENCE = 5_000;

/** Until they are looked at again. */
const PAUSE_MS = 50;

/**
 * Makes sure that nobody has a lock which a frozen process had: CRIU would wait for it without end (criu/file-lock.c,
 * restore_file_lock: flock, and F_SETLKW).
 * @throws thaw-lock-taken saying by whom
 */
export async function ensureLocksFree(locks: readonly FrozenLock[], patience = LOCK_PATIENCE): Promise<void> {
  const wanted = locks.flatMap(lock => {
    const stat = statPath(lock.path);
    return stat === undefined ? [] : [{ lock, file: keyOf(stat) }];
  });
  if (wanted.length === 0) return;
  const until = performance.now() + patience;
  for (;;) {
    const held = (await readLocks()).filter(({ waiting }) => !waiting);
    const taken = wanted.flatMap(({ lock, file }) => {
      const by = held.find(one => one.file === file && excludes(one, lock));
      return by === undefined ? [] : [{ path: lock.path, by }];
    })[0];
    if (taken === undefined) return;
    if (performance.now() > until)
      throw fail('thaw-lock-taken', { path: taken.path, holder: holderOf(taken.by, taken.path) });
    await sleep(PAUSE_MS);
  }
}

/** As /proc/locks writes it. */
function keyOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  const hexadecimal = (part: number): string => part.toString(16).padStart(2, '0');
  return `${hexadecimal(majorOf(dev))}:${hexadecimal(minorOf(dev))}:${ino}`;
}

function excludes(held: FileLock, lock: FrozenLock): boolean {
  const kind = { FLOCK: 'flock', POSIX: 'fcntl', OFDLCK: 'fcntl' }[held.kind];
  if (kind !== lock.kind || !(lock.exclusive || held.access === 'WRITE')) return false;
  return held.first <= lock.last && lock.first <= held.last;
}

/** Who took a lock of an open file may have ended long ago, while others have the file. */
function holderOf({ kind, pid }: FileLock, path: string): string {
  const holds = (candidate: number): boolean =>
    readDescriptors(candidate).some(({ target }) => target === path);
  const holder = listTasks().find(task =>
    kind === 'POSIX' ? task.pid === pid : !task.kernelThread && holds(task.pid),
  );
  return holder === undefined ? 'a process that is not seen from here' : whoIs(holder);
}
