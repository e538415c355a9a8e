import { readdirSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { statLink } from '../../host/proc/files.js';
import { isEmptyAfterBoot } from '../../host/proc/gone-at-boot.js';
import type { Task } from '../../host/proc/index.js';

/** Where programs keep files for a while, under names that only they know (mktemp, sort, compilers). */
const PLACES = ['/tmp', '/dev/shm'];
/** What lies there of the machine's own, or the administrator's, is no daemon's of hers. */
const ROOT = 0;
/** More are not looked at: who has so many there keeps them for others. */
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

/** The users of these processes, and when the first of them began. */
export function looseOwners(tasks: readonly Pick<Task, 'uids' | 'startTime'>[]): LooseOwners {
  const first = tasks.reduce((least, { startTime }) => Math.min(least, startTime), Number.MAX_SAFE_INTEGER);
  const booted = Date.now() - uptime() * 1000;
  return {
    uids: [...new Set(tasks.flatMap(({ uids }) => uids))].filter(uid => uid !== ROOT),
    since: booted + first * MS_PER_TICK - BEFORE_MS,
  };
}

/**
 * What others than root have in the places for temporary files that a boot empties: a program that has closed such a file and knows its name (sort
 * before it merges, a script after mktemp, a compiler before it assembles) does not find it any more.
 */
export function looseEntries(places: readonly string[] = PLACES): readonly LooseEntry[] {
  const found: LooseEntry[] = [];
  for (const place of places.filter(isEmptyAfterBoot)) {
    const device = statLink(place)?.dev;
    const waiting = [place];
    for (let folder = waiting.pop(); folder !== undefined && found.length < MOST; folder = waiting.pop())
      for (const path of pathsIn(folder)) {
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
  entries: readonly LooseEntry[],
  { uids, since }: LooseOwners,
  open: ReadonlySet<string>,
): readonly LooseEntry[] {
  return entries.filter(one => uids.includes(one.uid) && one.changed >= since && !open.has(one.path));
}

/** Bytes of all files. Pure. */
export function looseBytes(entries: readonly LooseEntry[]): number {
  return entries.reduce((sum, { kind, bytes }) => sum + (kind === 'file' ? bytes : 0), 0);
}

/** Private folders of units have their own rule: systemd deletes them with the unit. */
function pathsIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter(name => !name.startsWith('systemd-private-'));
    return names.map(name => join(folder, name));
  } catch {
    return [];
  }
}
