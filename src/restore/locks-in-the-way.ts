import { setTimeout as sleep } from 'node:timers/promises';
import type { FrozenLock } from '../converters/locks.js';
import { fail } from '../errors.js';
import { inodeOf, mountOf } from '../host/proc/files.js';
import { type FileLock, listTasks, readDescriptors, readMounts } from '../host/proc/index.js';
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
    const file = keyOf(lock.path);
    return file === undefined ? [] : [{ lock, file }];
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

/**
 * A file as /proc/locks writes it: with the device of its file system, as the list of mounts has it. stat(2) gives another one
 * for each subvolume of btrfs, and for each layer of overlayfs (fs/locks.c, lock_get_status()).
 */
function keyOf(path: string): string | undefined {
  const [mount, inode] = [mountOf(path), inodeOf(path)];
  const device = readMounts('self').find(({ id }) => id === mount)?.device;
  if (device === undefined || inode === undefined) return undefined;
  const parts = device.split(':').map(part => Number(part).toString(16).padStart(2, '0'));
  return `${parts.join(':')}:${inode}`;
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
