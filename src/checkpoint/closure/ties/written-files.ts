import { fileKey, type OpenFile, slotKey } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { endsOfSlots, type Look, slotOf } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie } from '../tie.js';

const O_ACCMODE = 0o3;
const O_RDWR = 0o2;
const O_APPEND = 0o2000;

/**
 * Files that somebody outside has open for reading and writing, as a target has: databases without a server do so (SQLite, dbm),
 * and agree by locks, which a frozen process has not. Logs are only written to. What is one open file for both is a tie of
 * its own, and so is memory.
 */
export function findWrittenFiles(look: Look): readonly Tie[] {
  const shared = new Set(look.snapshot.sharedDescriptions.flatMap(({ slots }) => slots.map(slotKey)));
  const byFile = new Map<string, [string, OpenFile][]>();
  for (const [key, file] of look.snapshot.openFiles)
    if (isDatabase(file) && !shared.has(key)) put(byFile, fileKey(file), [key, file]);
  return [...byFile].flatMap(([key, holders]) => {
    const slots = holders.map(([slot]) => slotOf(slot));
    const inside = slots.filter(({ pid }) => look.inside.has(pid));
    const [, first] = holders[0] ?? [];
    if (first === undefined || inside.length === 0 || inside.length === slots.length) return [];
    const ends = endsOfSlots(look, slots);
    return [makeTie(look, { kind: 'written-file', key, name: `file ${first.target}`, ends })];
  });
}

function isDatabase({ type, target, flags }: OpenFile): boolean {
  if (target.startsWith('/memfd:') || target.startsWith('/dev/shm/')) return false;
  return type === 'regular' && (flags & O_ACCMODE) === O_RDWR && (flags & O_APPEND) === 0;
}
