import { anonymousKind, type FileLock, inodeText, slotKey } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { end, endsOfSlots, type Look, ties } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie, TieKind } from '../tie.js';

const ANONYMOUS_KINDS: Readonly<Record<string, TieKind>> = {
  eventpoll: 'epoll',
  eventfd: 'eventfd',
  inotify: 'inotify',
  signalfd: 'signalfd',
  timerfd: 'timerfd',
};

/** Open file descriptions held by several processes. */
export function findSharedFiles(look: Look): readonly Tie[] {
  return look.snapshot.sharedDescriptions.flatMap(({ slots, evidence }) => {
    const [first] = slots;
    const file = first === undefined ? undefined : look.snapshot.openFiles.get(slotKey(first));
    if (first === undefined || file === undefined) return [];
    const anonymous = anonymousKind(file.target);
    // Memory files are told apart by inode, whoever opened them: see memory.ts.
    if (file.target.startsWith('/memfd:') || file.target.startsWith('/dev/shm/')) return [];
    const kind: TieKind =
      anonymous === undefined ? 'open-file' : (ANONYMOUS_KINDS[anonymous] ?? 'anonymous-file');
    const guess = evidence === 'inferred' ? ' (inferred)' : '';
    return [
      makeTie(look, {
        kind,
        key: slotKey(first),
        name: `${anonymous ?? file.target}${guess}`,
        ends: endsOfSlots(look, slots),
      }),
    ];
  });
}

/** Locks that one process holds and another waits for, when either is frozen. */
export function findContendedLocks(look: Look): readonly Tie[] {
  const byFile = new Map<string, FileLock[]>();
  for (const lock of look.snapshot.locks) put(byFile, lock.file, lock);
  return [...byFile].flatMap(([file, locks]) => {
    if (!locks.some(lock => lock.waiting)) return [];
    const holders = new Set(locks.filter(lock => !lock.waiting).flatMap(lock => holdersOf(look, lock)));
    const waiters = new Set(
      locks.filter(lock => lock.waiting).flatMap(lock => waitersOf(look, lock, holders)),
    );
    const pids = [...new Set([...holders, ...waiters])].filter(pid => pid > 0);
    if (!ties(look, pids)) return [];
    const how = (pid: number): string => (holders.has(pid) ? 'holds the lock' : 'waits for the lock');
    return [
      makeTie(look, {
        kind: 'file-lock',
        key: file,
        name: `file lock on ${pathOf(look, file) ?? file}`,
        ends: pids.map(pid => end(look, pid, how(pid))),
      }),
    ];
  });
}

/**
 * Whose a lock is. Only a POSIX lock belongs to a process. The others belong to what was opened: to all who have it
 * open, while the process that /proc/locks names (`flock 9` in a script) may have ended long ago.
 */
function holdersOf(look: Look, lock: FileLock): readonly number[] {
  if (lock.kind === 'POSIX') return [lock.pid];
  const named = `: ${lock.kind} `;
  const found = [...look.snapshot.openFiles].flatMap(([key, { lines }]) =>
    lines.some(([word, text]) => word === 'lock' && text.includes(named) && text.includes(` ${lock.file} `))
      ? [Number(key.split(':')[0])]
      : [],
  );
  return found.length > 0 ? found : [lock.pid];
}

/** Who waits for an open file's lock (OFDLCK) nobody says: those who have the file open and not the lock. */
function waitersOf(look: Look, lock: FileLock, holders: ReadonlySet<number>): readonly number[] {
  if (lock.pid > 0) return [lock.pid];
  const inode = lock.file.split(':')[2];
  return [...look.snapshot.openFiles]
    .filter(([, file]) => inodeText(file) === inode && file.type === 'regular')
    .map(([key]) => Number(key.split(':')[0]))
    .filter(pid => !holders.has(pid));
}

/** The path of a locked file, when a target has it open. */
function pathOf(look: Look, file: string): string | undefined {
  const inode = file.split(':')[2];
  for (const open of look.snapshot.openFiles.values())
    if (inodeText(open) === inode && open.type === 'regular') return open.target;
  return undefined;
}
