import { crowdsCriu } from '../../host/criu/own-lock.js';
import { linkedInode } from '../../host/proc/index.js';
import type { SeenTree } from '../check/index.js';

/** Whether a tree has more TCP connections than CRIU can keep silent itself. Pure. */
export function isCrowded({ members, snapshot }: Pick<SeenTree, 'members' | 'snapshot'>): boolean {
  const open = members.map(pid => snapshot.descriptors.get(pid) ?? []);
  const connections = new Set(
    open.flat().flatMap(({ target }) => {
      const inode = linkedInode(target, 'socket') ?? 0;
      const socket = snapshot.sockets.get(inode);
      return socket?.protocol === 'tcp' && socket.state !== 'listening' ? [inode] : [];
    }),
  );
  return crowdsCriu(connections.size, Math.max(0, ...open.map(({ length }) => length)));
}
