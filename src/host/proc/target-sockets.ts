import { readSockets, type Socket } from '../sockets/index.js';
import { type Descriptor, linkedInode } from './descriptors.js';
import type { Namespaces } from './namespaces.js';

/** The socket tables of every network namespace that a target with sockets lives in. */
export async function readTargetSockets(
  targets: readonly number[],
  descriptors: ReadonlyMap<number, readonly Descriptor[]>,
  namespaces: ReadonlyMap<number, Namespaces>,
  own: number | undefined,
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
