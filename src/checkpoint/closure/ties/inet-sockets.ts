import { isOfThisMachine, plain, type Socket } from '../../../host/sockets/index.js';
import { put } from '../../../lists.js';
import { anyInside, endsOfSlots, type Look, ofSeveral } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie, TieEnd } from '../tie.js';
import { type Bound, boundKey, findBound } from './inet-bound.js';

/** TCP and UDP to other processes of this machine (known by the reversed pair of addresses), and to the world. */
export function findInetSockets(look: Look): readonly Tie[] {
  const byAddresses = new Map<string, Socket>();
  const bound: Bound = new Map();
  for (const socket of look.snapshot.sockets.values()) {
    if (!isInet(socket)) continue;
    if (isConnected(socket)) byAddresses.set(pairKey(socket, socket.local, socket.remote), socket);
    else put(bound, boundKey(socket.protocol, socket.local), socket);
  }
  const done = new Set<number>();
  const found: Tie[] = [];
  const remote = new Map<string, Socket[]>();
  for (const socket of byAddresses.values()) {
    if (done.has(socket.inode)) continue;
    const peer = byAddresses.get(pairKey(socket, socket.remote, socket.local));
    if (peer === undefined) {
      const servers = findBound(socket, bound);
      if (servers.length > 0) {
        found.push(...oneWay(look, socket, servers));
        continue;
      }
      if (anyInside(look, look.sockets.get(socket.inode) ?? []))
        put(remote, `${socket.protocol} ${plain(socket.local)}`, socket);
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
  if (!anyInside(look, slots)) return [];
  const ends = [...endsOfSlots(look, slots)];
  const nobody = [socket, peer].find(one => (look.sockets.get(one.inode) ?? []).length === 0);
  if (nobody !== undefined)
    ends.push({
      pid: undefined,
      name: `${plain(nobody.local)} (not accepted yet)`,
      how: 'waiting',
      inside: false,
    });
  if (!ofSeveral(ends)) return [];
  // Whom nobody has accepted yet, nobody can freeze.
  const crossing = nobody === undefined ? {} : { remedy: '' };
  return [tieBetween(look, [socket, peer.local], ends, crossing)];
}

/** A datagram client and the server it sends to, or a TCP client that waits at a listener's door. */
function oneWay(look: Look, socket: Socket, servers: readonly Socket[]): readonly Tie[] {
  const mine = look.sockets.get(socket.inode) ?? [];
  const theirs = servers.flatMap(server => look.sockets.get(server.inode) ?? []);
  const slots = [...mine, ...theirs];
  if (!anyInside(look, slots)) return [];
  const serves = new Set(theirs.map(slot => `${slot.pid}:${slot.fd}`));
  const verb = socket.protocol === 'tcp' ? 'has not accepted it yet,' : 'serves';
  const ends = endsOfSlots(look, slots, slot => (serves.has(`${slot.pid}:${slot.fd}`) ? verb : ''));
  if (!ofSeveral(ends)) return [];
  return [tieBetween(look, [socket, socket.remote], ends)];
}

/** The tie between a socket and an address, named alike from both sides. */
function tieBetween(
  look: Look,
  [socket, other]: readonly [Socket, other: string],
  ends: readonly TieEnd[],
  crossing: { readonly remedy?: string } = {},
): Tie {
  const pair = [plain(socket.local), plain(other)].sort();
  return makeTie(look, {
    kind: socket.protocol === 'tcp' ? 'tcp' : 'udp',
    key: pair.join('-'),
    name: `${socket.protocol} ${pair.join(' – ')}`,
    ends,
    crossing,
  });
}

function remoteTie(look: Look, local: string, sockets: readonly Socket[]): Tie {
  const slots = sockets.flatMap(socket => look.sockets.get(socket.inode) ?? []);
  const peers = [...new Set(sockets.map(socket => plain(socket.remote)))];
  const count = sockets.length;
  const here = sockets.every(isOfThisMachine);
  return makeTie(look, {
    kind: 'remote',
    key: local.replace(' ', ':'),
    name: `${count} ${local} connection${count === 1 ? '' : 's'} with ${here ? 'nobody any more' : 'other machines'}`,
    ...(here
      ? { crossing: { happens: 'The other end, on this machine, has been closed.', remedy: '' } }
      : {}),
    ends: [
      ...endsOfSlots(look, slots),
      ...peers.slice(0, 5).map(name => ({ pid: undefined, name, how: 'peer', inside: false })),
    ],
  });
}

function isInet(socket: Socket): boolean {
  return socket.family === 'inet' || socket.family === 'inet6';
}

function isConnected(socket: Socket): boolean {
  return socket.state !== 'listening' && !/:0$/.test(socket.remote);
}

function pairKey(socket: Socket, local: string, remote: string): string {
  return `${socket.protocol} ${plain(local)} ${plain(remote)}`;
}
