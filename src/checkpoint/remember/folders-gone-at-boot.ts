import { constants, readdirSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSameFile, realPath, statPath } from '../../host/proc/files.js';
import { isGoneAtBoot } from '../../host/proc/gone-at-boot.js';
import type { PolicyFolder } from '../../image-format/bundle/manifest.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { socketPath } from '../../image-format/neutral/socket-path.js';

/** A service has a few folders below its own; who has more keeps no house there. */
const MOST_BELOW = 1000;

/** Beside the folders of what a tree has open. */
interface MoreFolders {
  /** Paths of those that it needs as well. */
  readonly needed: readonly string[];
  /** Paths of those of temporary files, which only a boot takes away. */
  readonly loose: readonly string[];
  /** A process of a tree with mounts of its own, by the PID that this system knows it by. */
  readonly within?: number | undefined;
}

/**
 * The folders that a thaw of the tree needs and that a reboot takes away: of its files, sockets and working folders, with
 * the folders above them, which come first, and those below, which a program expects where it made them. systemd deletes
 * the RuntimeDirectory= of a unit even when that merely ends.
 * To be asked while the tree stands still. What this ckpt does not see under the same path is left out.
 */
export function foldersGoneAtBoot(
  tree: Tree,
  { needed, loose, within }: MoreFolders,
): readonly PolicyFolder[] {
  const found = new Map<string, PolicyFolder>();
  const add = (path: string, more: Pick<PolicyFolder, 'loose'>): void => {
    const folder = realPath(path);
    if (folder === undefined || !isGoneAtBoot(folder)) return;
    if (within !== undefined && !isSameFile(folder, `/proc/${within}/root${folder}`)) return;
    remember(folder, found, more);
    if (found.has(folder)) rememberBelow(folder, found, more);
  };
  for (const path of new Set([...placesOf(tree), ...needed])) add(path, {});
  for (const path of new Set(loose)) add(path, { loose: true });
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Paths of folders, as the processes said them. A deleted file is made once more in its folder. */
function placesOf(tree: Tree): readonly string[] {
  const working = new Set(tree.filesystems.map(one => one.workingDirectory));
  return tree.openFiles.flatMap(file => {
    if (file.kind === 'regular')
      return [isFolder(file.mode) || working.has(file.id) ? file.path : dirname(file.path)];
    const path = file.kind === 'unix-socket' ? socketPath(file) : undefined;
    return path === undefined ? [] : [dirname(path)];
  });
}

function isFolder(mode = 0): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}

/** Up to the top of the file system, which is there as soon as somebody mounts it, or to the folder that a boot empties. */
function remember(folder: string, found: Map<string, PolicyFolder>, more: Pick<PolicyFolder, 'loose'>): void {
  for (let path = folder; path !== '/' && !found.has(path); path = dirname(path)) {
    const stat = look(path);
    if (stat === undefined || stat.dev !== look(dirname(path))?.dev || !isGoneAtBoot(path)) return;
    found.set(path, { path, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, ...more });
  }
}

/** Not those of other file systems. */
function rememberBelow(
  folder: string,
  found: Map<string, PolicyFolder>,
  more: Pick<PolicyFolder, 'loose'>,
): void {
  const most = found.size + MOST_BELOW;
  const waiting = [folder];
  for (let path = waiting.pop(); path !== undefined && found.size < most; path = waiting.pop())
    for (const inner of foldersIn(path)) {
      remember(inner, found, more);
      if (found.has(inner)) waiting.push(inner);
    }
}

function foldersIn(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter(one => one.isDirectory()).map(one => join(path, one.name));
  } catch {
    return [];
  }
}

/** A folder; undefined for what is none, or not there. */
function look(path: string): Stats | undefined {
  const stat = statPath(path);
  return stat?.isDirectory() ? stat : undefined;
}
