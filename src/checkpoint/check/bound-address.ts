import { asInRules } from '../../host/nftables.js';
import type { Socket } from '../../host/sockets/index.js';

const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * The address that CRIU binds a socket to, and the machine has to have for it: any of IPv4, and those of IPv6 connections; other
 * sockets of IPv6 it binds with IP_FREEBIND (criu/sk-inet.c, inet_bind(); soccr/soccr.c). Pure.
 */
export function boundAddress(socket: Socket | undefined): string | undefined {
  if (socket === undefined || (socket.family !== 'inet' && socket.family !== 'inet6')) return undefined;
  if (socket.family === 'inet6' && !isConnection(socket)) return undefined;
  const [address = ''] = asInRules(socket.local).split(' ');
  return ANY.has(address) ? undefined : address;
}

/** Whether it is a TCP connection, in whatever state. Pure. */
export function isConnection({ protocol, state }: Socket): boolean {
  return protocol === 'tcp' && state !== 'listening' && state !== 'unconnected';
}
