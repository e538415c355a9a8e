import type { Socket } from '../../host/sockets/index.js';
import type { Tree } from '../../image-format/neutral/index.js';

/**
 * A connection with urgent data (MSG_OOB) that its program has not read, in words. CRIU asks how much waits with SIOCINQ, which ends
 * at the urgent byte (net/ipv4/tcp.c, tcp_inq()), and saves no more: that byte and all behind it would be lost. The tables count all.
 * Pure.
 * @param sockets of the tree's network, while it stands still
 */
export function urgentData({ openFiles }: Tree, sockets: readonly Socket[]): string | undefined {
  const byInode = new Map(sockets.map(socket => [socket.inode, socket]));
  for (const file of openFiles) {
    if (file.kind !== 'inet-socket' || file.tcp === undefined) continue;
    const socket = byInode.get(file.inode);
    if (socket === undefined) continue;
    // The peer's FIN counts as a byte in the tables.
    const waiting = socket.receiveQueue - (socket.state === 'closing' ? 1 : 0);
    const saved = file.tcp.receiveQueue?.length ?? 0;
    if (waiting > saved)
      return `the connection ${socket.local} – ${socket.remote} has urgent data (MSG_OOB) that nobody has read: CRIU saves only what came before it`;
  }
  return undefined;
}
