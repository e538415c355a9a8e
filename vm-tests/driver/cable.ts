import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** One end of an Ethernet cable: where QEMU takes frames from, and where it sends them, as UDP ports of 127.0.0.1. */
export interface CableEnd {
  readonly own: number;
  readonly other: number;
}

/** Two ends of a cable for two machines, which then see each other and nobody else. */
export async function layCable(): Promise<readonly [CableEnd, CableEnd]> {
  const sockets = [await bound(), await bound()];
  const [one = 0, two = 0] = sockets.map(socket => socket.address().port);
  for (const socket of sockets) socket.close();
  return [
    { own: one, other: two },
    { own: two, other: one },
  ];
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
