import type { Socket } from '../../../host/sockets/index.js';
import { endsOfSlots, type Look, put } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie } from '../tie.js';

/** TCP and UDP to other processes of this machine (known by the reversed pair of addresses), and to the world. */
export function findInetSockets(look: Look): readonly Tie[] {
  const byAddresses = new Map<string, Socket>();
  for (const socket of look.snapshot.sockets.values())
    if (isInet(socket) && isConnected(socket))
      byAddresses.set(pairKey(socket, socket.local, socket.remote), socket);
  const done = new Set<number>();
  const found: Tie[] = [];
  const remote = new Map<string, Socket[]>();
  for (const socket of byAddresses.values()) {
    if (done.has(socket.inode)) continue;
    const peer = byAddresses.get(pairKey(socket, socket.remote, socket.local));
    if (peer === undefined) {
      if (heldInside(look, socket)) put(remote, `${socket.protocol} ${plain(socket.local)}`, socket);
      continue;
    }
    done.add(peer.inode);
    found.push(...connection(look, socket, peer));
  }
  for (const [local, sockets] of remote) found.push(remoteTie(look, local, sockets));
  return found;
}

function connection(look: Look, socket: Socket, peer: Socket): readonly Tie[] {
  const slots = [...(look.sockets.get(socket.inode) ?? []), ...(look.sockets.get(peer.inode) ?? [])];
  if (!slots.some(slot => look.inside.has(slot.pid))) return [];
  const ends = [...endsOfSlots(look, slots)];
  const nobody = [socket, peer].find(one => (look.sockets.get(one.inode) ?? []).length === 0);
  if (nobody !== undefined)
    ends.push({
      pid: undefined,
      name: `${plain(nobody.local)} (not accepted yet)`,
      how: 'waiting',
      inside: false,
    });
  if (new Set(ends.map(one => one.pid)).size < 2) return [];
  const pair = [plain(socket.local), plain(peer.local)].sort();
  return [
    makeTie(look, {
      kind: socket.protocol === 'tcp' ? 'tcp' : 'udp',
      key: pair.join('-'),
      name: `${socket.protocol} ${pair.join(' – ')}`,
      ends,
    }),
  ];
}

function remoteTie(look: Look, local: string, sockets: readonly Socket[]): Tie {
  const slots = sockets.flatMap(socket => look.sockets.get(socket.inode) ?? []);
  const peers = [...new Set(sockets.map(socket => plain(socket.remote)))];
  const count = sockets.length;
  return makeTie(look, {
    kind: 'remote',
    key: local.replace(' ', ':'),
    name: `${count} ${local} connection${count === 1 ? '' : 's'} with other machines`,
    ends: [
      ...endsOfSlots(look, slots),
      ...peers.slice(0, 5).map(name => ({ pid: undefined, name, how: 'peer', inside: false })),
    ],
  });
}

function heldInside(look: Look, socket: Socket): boolean {
  return (look.sockets.get(socket.inode) ?? []).some(slot => look.inside.has(slot.pid));
}

function isInet(socket: Socket): boolean {
  return socket.family === 'inet' || socket.family === 'inet6';
}

function isConnected(socket: Socket): boolean {
  return socket.state !== 'listening' && !/:0$/.test(socket.remote);
}

/** A v6 socket that talks v4 shows mapped addresses: written as v4 both ends meet. */
function plain(address: string): string {
  const match = /^\[::ffff:([\d.]+)\]:(\d+)$/.exec(address);
  return match === null ? address : `${match[1]}:${match[2]}`;
}

function pairKey(socket: Socket, local: string, remote: string): string {
  return `${socket.protocol} ${plain(local)} ${plain(remote)}`;
}
