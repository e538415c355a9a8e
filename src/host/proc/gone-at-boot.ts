/** What a boot takes away although it lies on a disk: the folders that systemd empties then, as Debian's /tmp up to release 12. */
import { join } from 'node:path';
import { isInMemory, readLink, readNames, readText, realPath } from './files.js';

/** In the order in which a file hides others of its name (tmpfiles.d(5)). */
const PLACES = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map(place => `${place}/tmpfiles.d`);

/** Whether what lies at a path is gone after a reboot: it is in memory, or in a folder that the boot empties. */
export function isGoneAtBoot(path: string): boolean {
  return isInMemory(path) || emptierOf(path) !== undefined;
}

/** Whether a folder is there after a boot, and nothing of what is in it now. */
export function isEmptyAfterBoot(folder: string): boolean {
  return isGoneAtBoot(folder) || emptierOf(join(folder, 'anything')) !== undefined;
}

/**
 * The folder that a path lies in, and that loses all that is in it at a boot; undefined where none is such.
 * @param path as the kernel gives it, with no link in it: it is asked for each file and mapping of a tree
 */
export function emptierOf(path: string, root = '/'): string | undefined {
  return foldersOf(root).find(folder => path.startsWith(`${folder}/`));
}

const known = new Map<string, readonly string[]>();

function foldersOf(root: string): readonly string[] {
  const before = known.get(root);
  if (before !== undefined) return before;
  const named = [...emptiedFolders(readSettings(root)), ...coveredFolders(root)];
  const found = named.map(folder => realPath(folder) ?? folder);
  known.set(root, found);
  return found;
}

/**
 * The folders that `systemd-tmpfiles --remove --boot` empties (D) or deletes (R), given the texts of its settings by the names
 * of their files. Of several lines that make one path the first counts, by the names of the files; those that only remove
 * something count beside them (tmpfiles.d(5)). Patterns are left out. Pure.
 */
export function emptiedFolders(settings: ReadonlyMap<string, string>): readonly string[] {
  const makers = new Map<string, string>();
  const removed: string[] = [];
  const lines = [...settings]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, text]) => text.split('\n'));
  for (const line of lines) {
    const [, type = '', path = ''] =
      /^\s*([A-Za-z])[!+=~^$?-]*\s+"?(\/[^\s"*?[]+)"?(?:\s|$)/.exec(line) ?? [];
    if (path === '') continue;
    const folder = path.replace(/\/+$/, '');
    if (type === 'R') removed.push(folder);
    else if (MAKES.test(type) && !makers.has(folder)) makers.set(folder, type);
  }
  const emptied = [...makers].flatMap(([folder, type]) => (type === 'D' ? [folder] : []));
  return [...new Set([...emptied, ...removed])];
}

/** Types of lines that make what they name, and of which only the first counts for a path. */
const MAKES = /^[fFdDvqQpLcbC]$/;

function readSettings(root: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const place of PLACES)
    for (const name of readNames(join(root, place)) ?? [])
      if (name.endsWith('.conf') && !texts.has(name))
        texts.set(name, readText(join(root, place, name)) ?? '');
  return texts;
}

/**
 * /tmp, where it is a folder of the disk until the next boot mounts a tmpfs over it: a machine whose Debian 12 has become a
 * 13 since it was booted.
 */
function coveredFolders(root: string): readonly string[] {
  const units = ['/etc', '/run', '/usr/lib'].map(place => join(root, place, 'systemd/system'));
  const wanted = units.some(place => readNames(`${place}/local-fs.target.wants`)?.includes('tmp.mount'));
  const masked = units.some(place => readLink(`${place}/tmp.mount`) === '/dev/null');
  return wanted && !masked && !isInMemory('/tmp') ? ['/tmp'] : [];
}
