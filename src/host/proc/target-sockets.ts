import { readSockets, type Socket } from '../sockets/index.js';
import { type Descriptor, linkedInode } from './descriptors.js';
import type { Namespaces } from './namespaces.js';

/** Where the sockets of processes have to be looked for. */
interface Places {
  readonly targets: readonly number[];
  readonly descriptors: ReadonlyMap<number, readonly Descriptor[]>;
  readonly namespaces: ReadonlyMap<number, Namespaces>;
  /** The network namespace of this ckpt. */
  readonly own: number | undefined;
}

/**
 * The socket tables of every network namespace that a target with sockets lives in.
 * @param unknown what could not be seen is added to it, in words
 * @returns sockets by inode
 */
export async function readTargetSockets(
  { targets, descriptors, namespaces, own }: Places,
  unknown: string[],
): Promise<ReadonlyMap<number, Socket>> {
  const places = new Map<number, { readonly pid: number; readonly held: Set<number> }>();
  for (const pid of targets) {
    const inodes = (descriptors.get(pid) ?? []).flatMap(one => linkedInode(one.target, 'socket') ?? []);
    const net = namespaces.get(pid)?.net;
    if (inodes.length === 0 || net === undefined) continue;
    const place = places.get(net) ?? { pid, held: new Set<number>() };
    places.set(net, place);
    for (const inode of inodes) place.held.add(inode);
  }
  const sockets = new Map<number, Socket>();
  for (const [net, { pid, held }] of places) {
    const table = await readSockets(pid, net !== own, held);
    for (const [inode, socket] of table.sockets) sockets.set(inode, socket);
    if (!table.peersKnown)
      unknown.push(
        'which unix sockets are connected to each other: ss (package iproute2) could not be asked',
      );
  }
  return sockets;
}
