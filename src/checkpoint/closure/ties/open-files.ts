import { anonymousKind, type FileLock, slotKey } from '../../../host/proc/index.js';
import { end, endsOfSlots, type Look, put } from '../look.js';
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
    const pids = [...new Set(locks.map(lock => lock.pid).filter(pid => pid > 0))];
    if (pids.length < 2 || !pids.some(pid => look.inside.has(pid))) return [];
    const how = (pid: number): string =>
      locks.some(lock => lock.pid === pid && !lock.waiting) ? 'holds the lock' : 'waits for the lock';
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

/** The path of a locked file, when a target has it open. */
function pathOf(look: Look, file: string): string | undefined {
  const inode = Number(file.split(':')[2]);
  for (const open of look.snapshot.openFiles.values())
    if (open.inode === inode && open.type === 'regular') return open.target;
  return undefined;
}
