import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isInMemory, readSmallFile } from '../../host/proc/files.js';
import { put } from '../../lists.js';

/** A number and the end of its line are shorter; what is longer holds something else as well. */
const MOST_BYTES = 32;

/**
 * Files in memory that hold the PID of a process and nothing else, by that PID: those with `pid` in their names, in /run
 * and the folders in it, where programs keep them (hier(7)). A reboot takes them away, and whoever signals a program by
 * such a file (logrotate, `nginx -s reload`) does not find it any more.
 */
export function pidFiles(run = '/run'): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  if (!isInMemory(run)) return found;
  const { files, folders } = contents(run);
  const below = folders.flatMap(folder => contents(folder).files);
  for (const path of [...files, ...below]) put(found, pidIn(path), path);
  return found;
}

function contents(folder: string): {
  readonly files: readonly string[];
  readonly folders: readonly string[];
} {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return {
      files: entries.filter(one => one.isFile() && /pid/i.test(one.name)).map(one => join(folder, one.name)),
      folders: entries.filter(one => one.isDirectory()).map(one => join(folder, one.name)),
    };
  } catch {
    return { files: [], folders: [] };
  }
}

function pidIn(path: string): number | undefined {
  const text = readSmallFile(path, MOST_BYTES) ?? '';
  return /^\s*[1-9]\d{0,9}\s*$/.test(text) ? Number(text) : undefined;
}
