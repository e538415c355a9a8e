import { linkedInode, type Snapshot } from '../../host/proc/index.js';
import type { Socket } from '../../host/sockets/index.js';

/** The listening TCP sockets that some processes have open. */
export function listenersOf(pids: readonly number[], { descriptors, sockets }: Snapshot): readonly Socket[] {
  const held = new Set(
    pids.flatMap(pid => (descriptors.get(pid) ?? []).flatMap(one => linkedInode(one.target, 'socket') ?? [])),
  );
  return [...held].flatMap(inode => {
    const socket = sockets.get(inode);
    return socket?.protocol === 'tcp' && socket.state === 'listening' ? [socket] : [];
  });
}
