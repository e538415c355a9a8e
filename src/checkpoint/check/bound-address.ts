import { asInRules } from '../../host/nftables.js';
import type { Socket } from '../../host/sockets/index.js';

const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * The address that CRIU binds a socket to, and the machine has to have for it: any of IPv4, and those of IPv6 connections; other
 * sockets of IPv6 it binds with IP_FREEBIND (criu/sk-inet.c, inet_bind(); soccr/soccr.c). Pure.
 */
export function boundAddress(socket: Socket | undefined): string | undefined {
  if (socket === undefined || (socket.family !== 'inet' && socket.family !== 'inet6')) return undefined;
  const connected = socket.protocol === 'tcp' && !['listening', 'unconnected'].includes(socket.state);
  if (socket.family === 'inet6' && !connected) return undefined;
  const [address = ''] = asInRules(socket.local).split(' ');
  return ANY.has(address) ? undefined : address;
}
