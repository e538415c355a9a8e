import type { Socket } from '../../../host/sockets/index.js';
import { hostOf, isOfThisMachine, plain, portOf } from './inet-addresses.js';

/** Sockets that have an address and no peer (listeners, UDP servers), by protocol and port. */
export type Bound = Map<string, Socket[]>;

/** States in which the other end of a TCP connection can be one that its listener has not accepted yet. */
const AT_THE_DOOR = new Set<Socket['state']>(['established', 'connecting']);

/** The key of `Bound` for a protocol (`tcp`, `udp`) and an address with its port. */
export function boundKey(protocol: string, address: string): string {
  return `${protocol} ${portOf(address)}`;
}

/**
 * Who of this machine is at the other end of a connected socket that no connected one answers: the UDP server that it
 * sends to, or the listener that has not accepted it. Several where they share the port.
 */
export function findBound(socket: Socket, bound: Bound): readonly Socket[] {
  if (!isOfThisMachine(socket)) return [];
  if (socket.protocol === 'tcp' && !AT_THE_DOOR.has(socket.state)) return [];
  const wanted = hostOf(plain(socket.remote));
  return (bound.get(boundKey(socket.protocol, socket.remote)) ?? []).filter(one => {
    if (socket.protocol === 'tcp' && one.state !== 'listening') return false;
    const host = hostOf(plain(one.local));
    // A wildcard of version 6 takes version 4 as well, unless told not to.
    return host === wanted || host === '[::]' || (host === '0.0.0.0' && !wanted.startsWith('['));
  });
}
