import { isFor, isOfThisMachine, portOf, type Socket } from '../../../host/sockets/index.js';

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
  return (bound.get(boundKey(socket.protocol, socket.remote)) ?? []).filter(
    one => (socket.protocol !== 'tcp' || one.state === 'listening') && isFor(one.local, socket.remote),
  );
}
