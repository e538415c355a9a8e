import { mappedIpv4 } from '../../converters/shapes/addresses.js';
import type { OpenFile } from '../../image-format/neutral/index.js';
import type { Holders } from './holders.js';
import type { TieList } from './tie-list.js';

type UnixSocket = Extract<OpenFile, { kind: 'unix-socket' }>;
type InetSocket = Extract<OpenFile, { kind: 'inet-socket' }>;

/** Connections, by the peer's inode (unix) or by the reversed pair of addresses; and sockets that several hold. */
export function addSockets(files: Iterable<OpenFile>, open: Holders, list: TieList): void {
  const unix = new Map<number, UnixSocket>();
  const inet = new Map<string, InetSocket>();
  for (const file of files) {
    if (file.kind === 'unix-socket') unix.set(file.inode, file);
    if (file.kind === 'inet-socket' && file.peerPort !== 0) inet.set(endsOf(file).join(' '), file);
  }
  addUnix(unix, open, list);
  addInet(inet, open, list);
  for (const { id, inode } of [...unix.values(), ...inet.values()]) {
    const holders = open.of(id);
    if (holders.length > 1) list.add({ kind: 'socket', key: id, name: `socket ${inode}`, holders });
  }
}

function addUnix(sockets: ReadonlyMap<number, UnixSocket>, open: Holders, list: TieList): void {
  for (const { id, inode, peer: other } of sockets.values()) {
    const peer = sockets.get(other);
    // Of a pair the one with the lower number stands for both.
    const isTold = peer !== undefined && peer.peer === inode && peer.inode < inode;
    if (other === 0 || isTold) continue;
    const holders = [...open.of(id), ...(peer === undefined ? [] : open.of(peer.id))];
    const away = peer === undefined ? `unix socket ${other}` : undefined;
    list.add({ kind: 'unix', key: `${inode}`, name: `unix connection ${inode}`, holders, away });
  }
}

function addInet(sockets: ReadonlyMap<string, InetSocket>, open: Holders, list: TieList): void {
  const done = new Set<string>();
  for (const [key, socket] of sockets) {
    if (done.has(key)) continue;
    const [local, remote] = endsOf(socket);
    const reversed = `${remote} ${local}`;
    done.add(reversed);
    const peer = sockets.get(reversed);
    const holders = [...open.of(socket.id), ...(peer === undefined ? [] : open.of(peer.id))];
    const tcp = peer === undefined ? 'remote' : 'tcp';
    const kind = socket.protocol === 'tcp' ? tcp : 'udp';
    const name = `${socket.protocol} ${local} – ${remote}`;
    list.add({ kind, key, name, holders, away: peer === undefined ? remote : undefined });
  }
}

/** One end may be an IPv6 socket and the other an IPv4 one. */
function endsOf({ localAddress, localPort, peerAddress, peerPort }: InetSocket): readonly [string, string] {
  const plain = (address = '*'): string => mappedIpv4(address) ?? address;
  return [`${plain(localAddress)}:${localPort}`, `${plain(peerAddress)}:${peerPort}`];
}
