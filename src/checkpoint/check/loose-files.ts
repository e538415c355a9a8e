import { opendirSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { isSameFile, statLink } from '../../host/proc/files.js';
import { isEmptyAfterBoot } from '../../host/proc/gone-at-boot.js';
import type { Task } from '../../host/proc/index.js';
import { type FileRule, isRuled } from './file-rules.js';

/** Where programs keep files for a while, under names that only they know (mktemp, sort, compilers). */
const PLACES = ['/tmp', '/dev/shm'];
/** What lies there of the machine's own, or the administrator's, is no daemon's of hers. */
const ROOT = 0;
/** More are not looked at, in all places: the trees stand still meanwhile, and everybody can make more. */
const MOST = 10_000;
/** Of the clock of `stat` in /proc (USER_HZ). */
const MS_PER_TICK = 10;
/** What was thawed begins anew, a while after its files were put back. */
const BEFORE_MS = 600_000;

/** Whose files may be those of a tree. */
export interface LooseOwners {
  readonly uids: readonly number[];
  /** Milliseconds since 1970: what is older was there before the tree. */
  readonly since: number;
  /** The places that the tree sees as this ckpt does: not those that it has for itself (PrivateTmp=, chroot). */
  readonly places: readonly string[];
}

/** A file or folder in a place that a boot empties. */
export interface LooseEntry {
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly uid: number;
  /** Milliseconds since 1970, of the last change of anything of it. */
  readonly changed: number;
  readonly bytes: number;
}

/** What lies in the places; undefined where there is more than anybody looks through. */
export type LooseEntries = readonly LooseEntry[] | undefined;

/** The users of these processes, when the first of them began, and which places they see. */
export function looseOwners(
  tasks: readonly Pick<Task, 'pid' | 'uids' | 'startTime'>[],
  places: readonly string[] = PLACES,
): LooseOwners {
  const first = tasks.reduce((least, { startTime }) => Math.min(least, startTime), Number.MAX_SAFE_INTEGER);
  const booted = Date.now() - uptime() * 1000;
  return {
    uids: [...new Set(tasks.flatMap(({ uids }) => uids))].filter(uid => uid !== ROOT),
    since: booted + first * MS_PER_TICK - BEFORE_MS,
    places: places.filter(place =>
      tasks.some(({ pid }) => isSameFile(place, join(`/proc/${pid}/root`, place))),
    ),
  };
}

/**
 * What others than root have in the places for temporary files that a boot empties, as far as trees may have made it: a program
 * that has closed such a file and knows its name (sort before it merges, a script after mktemp, a compiler before it assembles)
 * does not find it any more.
 */
export function looseEntries(owners: readonly LooseOwners[], most = MOST): LooseEntries {
  const places = new Set(owners.flatMap(one => (one.uids.length === 0 ? [] : one.places)));
  const found: LooseEntry[] = [];
  let looked = 0;
  for (const place of [...places].filter(isEmptyAfterBoot)) {
    const device = statLink(place)?.dev;
    const waiting = [place];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop())
      for (const path of pathsIn(folder)) {
        if (++looked > most) return undefined;
        const stat = statLink(path);
        if (stat === undefined || stat.dev !== device || !(stat.isFile() || stat.isDirectory())) continue;
        if (stat.uid === ROOT) continue;
        const kind = stat.isFile() ? 'file' : 'folder';
        found.push({ path, kind, uid: stat.uid, changed: stat.ctimeMs, bytes: stat.size });
        if (kind === 'folder') waiting.push(path);
      }
  }
  return found;
}

/** Those that a tree may have made, but for what it has open. Pure. */
export function looseOf(
  entries: LooseEntries,
  { uids, since, places }: LooseOwners,
  open: ReadonlySet<string>,
): LooseEntries {
  if (uids.length === 0 || places.length === 0) return [];
  const isHere = (path: string): boolean => places.some(place => path.startsWith(`${place}/`));
  return entries?.filter(
    ({ path, uid, changed }) => uids.includes(uid) && changed >= since && isHere(path) && !open.has(path),
  );
}

/** Those for which no rule was made (--file). Pure. */
export function looseUnruled(
  entries: readonly LooseEntry[],
  rules: readonly FileRule[],
): readonly LooseEntry[] {
  return entries.filter(({ path }) => !isRuled(rules, path));
}

/** Bytes of all files. Pure. */
export function looseBytes(entries: readonly LooseEntry[]): number {
  return entries.reduce((sum, { kind, bytes }) => sum + (kind === 'file' ? bytes : 0), 0);
}

/**
 * One by one: there may be millions. Private folders of units have their own rule: systemd deletes them with the unit. A folder may
 * be deleted at any time, and cannot be opened, or read on, then.
 */
function* pathsIn(folder: string): Generator<string> {
  const entries = unlessGone(() => opendirSync(folder));
  if (entries === undefined) return;
  const next = (): string | undefined => unlessGone(() => entries.readSync())?.name;
  try {
    for (let name = next(); name !== undefined; name = next())
      if (!name.startsWith('systemd-private-')) yield join(folder, name);
  } finally {
    entries.closeSync();
  }
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
