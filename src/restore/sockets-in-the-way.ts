import { dirname } from 'node:path';
import { mountAt, mountsOf } from '../converters/mount-at.js';
import { fail } from '../errors.js';
import { isSameFile, socketInode, statPath } from '../host/proc/files.js';
import { listTasks, readDescriptors } from '../host/proc/index.js';
import { readUnixSockets, type Socket } from '../host/sockets/index.js';
import { whoIs } from '../host/systemd/scope.js';
import type { TreePolicy } from '../image-format/bundle/manifest.js';
import type { Tree } from '../image-format/neutral/index.js';
import { socketPath } from '../image-format/neutral/socket-path.js';

/** The paths at which a thaw puts sockets of a tree on this machine, under the names that they had last. */
export function socketPaths(
  tree: Tree,
  { socketNames = [], mounts }: Pick<TreePolicy, 'socketNames' | 'mounts'>,
): readonly string[] {
  const bound = tree.openFiles.flatMap(file => {
    if (file.kind !== 'unix-socket' || file.deleted === true) return [];
    // Not its own: a socket of others that it is connected to (USK_* of criu/sk-unix.c).
    if (file.traits !== undefined && file.traits !== 0) return [];
    // CRIU does not bind a connection, which goes by the path of the socket that accepted it.
    if (file.state === 'established' && file.type !== 'datagram') return [];
    return socketPath(file) ?? [];
  });
  const paths = [...new Set([...bound, ...socketNames.map(({ folder, name }) => `${folder}/${name}`)])];
  return mounts === undefined ? paths : paths.flatMap(path => pathOutside(path, tree, mounts) ?? []);
}

/** Where the machine has what a tree with mounts of its own has at a path; undefined where only the tree has it. */
function pathOutside(
  path: string,
  tree: Tree,
  { places }: NonNullable<TreePolicy['mounts']>,
): string | undefined {
  const mount = mountAt(path, mountsOf(tree) ?? []);
  if (mount === undefined || mount.mountPoint === '/') return path;
  const place = places.find(({ mountpoint }) => mountpoint === mount.mountPoint);
  return place && place.source + path.slice(mount.mountPoint.length);
}

/**
 * Makes sure that nobody listens where a thaw binds unix sockets: CRIU deletes what lies there without a word, and whoever
 * listens would never hear of a client again. A socket that was left over is nobody's.
 * Throws `thaw-socket-taken` saying by whom. Where `ss` does not say which file a socket has, nobody is found.
 */
export async function ensurePathsFree(paths: readonly string[]): Promise<void> {
  const files = paths.flatMap(path => {
    const inode = statPath(path)?.isSocket() ? socketInode(path) : undefined;
    return inode === undefined ? [] : [{ path, inode }];
  });
  if (files.length === 0) return;
  const sockets = await readUnixSockets();
  for (const { path, inode } of files) {
    const taken = sockets.find(one => isAt(one, path, inode));
    if (taken !== undefined) throw fail('thaw-socket-taken', { path, holder: holderOf(taken) });
  }
}

/** Inodes repeat from one file system to the next, so the folder has to be the same, too. */
function isAt({ family, state, protocol, local, fileInode }: Socket, path: string, inode: number): boolean {
  if (family !== 'unix' || fileInode !== inode) return false;
  if (state !== 'listening' && protocol !== 'datagram') return false;
  return isSameFile(dirname(local), dirname(path));
}

function holderOf({ inode }: Socket): string {
  const holds = (pid: number): boolean =>
    readDescriptors(pid).some(({ target }) => target === `socket:[${inode}]`);
  const holder = listTasks().find(({ pid }) => holds(pid));
  return holder === undefined ? 'a process that is not seen from here' : whoIs(holder);
}
