import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { statPath } from '../../host/proc/files.js';
import type { OpenFile, Snapshot } from '../../host/proc/index.js';

/**
 * Unix sockets of a process whose files were given other names since they were bound, as programs do that want a name to
 * appear with a listener behind it: the path that the socket knows, and the name that its file has now. One whose file is
 * gone, or in another folder, is none of them.
 * @param viewers processes that may see the path: itself, and one that is in no chroot as it may be
 */
export function renamedSockets(
  viewers: readonly number[],
  files: readonly OpenFile[],
  { sockets }: Snapshot,
): readonly { readonly path: string; readonly now: string }[] {
  return files.flatMap(({ target, inode }) => {
    const socket = target.startsWith('socket:') ? sockets.get(inode) : undefined;
    if (socket?.family !== 'unix' || socket.fileInode === undefined || !socket.local.startsWith('/'))
      return [];
    const { local: path, fileInode } = socket;
    const seen = viewers.map(pid => join(`/proc/${pid}/root`, path));
    if (seen.some(one => inodeOf(one) === fileInode)) return [];
    const names = seen.map(dirname).flatMap(folder => namesIn(folder).map(name => join(folder, name)));
    const now = names.find(one => inodeOf(one) === fileInode);
    return now === undefined ? [] : [{ path, now: basename(now) }];
  });
}

const inodeOf = (path: string): number | undefined => statPath(path)?.ino;

function namesIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(one => one.isSocket()).map(one => one.name);
  } catch {
    return [];
  }
}
