import { linkedInode, type Snapshot } from '../../host/proc/index.js';
import type { Socket } from '../../host/sockets/index.js';

/** What is known of the sockets that some processes have open, each once. */
export function socketsOf(
  pids: readonly number[],
  { descriptors, sockets }: Pick<Snapshot, 'descriptors' | 'sockets'>,
): readonly Socket[] {
  const held = new Set(
    pids.flatMap(pid => (descriptors.get(pid) ?? []).flatMap(one => linkedInode(one.target, 'socket') ?? [])),
  );
  return [...held].flatMap(inode => sockets.get(inode) ?? []);
}

/** The listening TCP sockets among them. */
export function listenersOf(pids: readonly number[], snapshot: Snapshot): readonly Socket[] {
  return socketsOf(pids, snapshot).filter(
    ({ protocol, state }) => protocol === 'tcp' && state === 'listening',
  );
}
