import { basename, dirname, join } from 'node:path';
import { isSameFile, namesOf, realPath, socketInode } from '../../host/proc/files.js';
import type { OpenFile, Snapshot } from '../../host/proc/index.js';

/** A unix socket that a thaw binds to a path again. */
interface BoundSocket {
  /** As the socket knows it, from / on. */
  readonly path: string;
  /** Inode of its file, whatever that is called now. */
  readonly fileInode: number;
}

/**
 * A unix socket whose file was given another name since it was bound, as programs do that want a name to appear with a
 * listener behind it.
 */
export interface RenamedSocket {
  readonly path: string;
  /** The name that its file has now, in the same folder. */
  readonly now: string;
  /** That folder without links, where this ckpt sees it under the same path; undefined in mounts of the tree's own. */
  readonly folder: string | undefined;
}

/** One whose file is gone, or in another folder, is in neither. */
export interface SocketFiles {
  readonly renamed: readonly RenamedSocket[];
  /** Paths of those that mean something else outside the root folder of the process. */
  readonly inOwnRoot: readonly string[];
}

/** A connection goes by the path of the socket that accepted it, but CRIU does not bind it (criu/sk-unix.c, bind_unix_sk()). */
export function boundSockets(files: readonly OpenFile[], { sockets }: Snapshot): readonly BoundSocket[] {
  return files.flatMap(({ target, inode }) => {
    const socket = target.startsWith('socket:') ? sockets.get(inode) : undefined;
    if (socket?.family !== 'unix' || socket.fileInode === undefined || !socket.local.startsWith('/'))
      return [];
    if (socket.state === 'established' && socket.protocol !== 'datagram') return [];
    return [{ path: socket.local, fileInode: socket.fileInode }];
  });
}

/**
 * The files of bound sockets, by what CRIU makes of them: it binds each to its path again, outside of any root folder that
 * the process has taken for itself (chroot(2)).
 * @param outside the root that CRIU takes for the socket's: '' for the machine's, or that of a tree with mounts of its own
 */
export function filesOfSockets(pid: number, outside: string, bound: readonly BoundSocket[]): SocketFiles {
  const renamed: RenamedSocket[] = [];
  const inOwnRoot: string[] = [];
  for (const socket of bound) {
    const { path } = socket;
    const now = nameWithin(outside, socket);
    if (now === undefined) {
      if (nameWithin(`/proc/${pid}/root`, socket) !== undefined) inOwnRoot.push(path);
    } else if (now !== basename(path)) {
      const file = join(dirname(path), now);
      const here = isSameFile(file, `${outside}${file}`);
      renamed.push({ path, now, folder: here ? realPath(dirname(path)) : undefined });
    }
  }
  return { renamed, inOwnRoot };
}

/** What the file of a socket is called in its folder, seen from a root; undefined where it is not there (any more). */
function nameWithin(root: string, { path, fileInode }: BoundSocket): string | undefined {
  if (socketInode(`${root}${path}`) === fileInode) return basename(path);
  return namesOf(`${root}${dirname(path)}`, fileInode, 'socket')[0];
}
