import { PROC, readText } from '../proc/files.js';
import { run } from '../run.js';
import {
  type InetTable,
  type Ownerless,
  parseInetTable,
  parseNetlinkTable,
  parseOwnerless,
  parsePacketTable,
  parseUnixTable,
} from './parse-proc-net.js';
import { parseSsUnix } from './parse-ss.js';
import type { Socket } from './socket.js';

const INET_TABLES: readonly (readonly [file: string, protocol: InetTable, family: 'inet' | 'inet6'])[] = [
  ['tcp', 'tcp', 'inet'],
  ['tcp6', 'tcp', 'inet6'],
  ['udp', 'udp', 'inet'],
  ['udp6', 'udp', 'inet6'],
  ['udplite', 'udplite', 'inet'],
  ['udplite6', 'udplite', 'inet6'],
  ['raw', 'raw', 'inet'],
  ['raw6', 'raw', 'inet6'],
  ['icmp', 'icmp', 'inet'],
  ['icmp6', 'icmp', 'inet6'],
];

/** The sockets of one network namespace. */
export interface SocketTable {
  readonly sockets: ReadonlyMap<number, Socket>;
  /** False when `ss` could not say which unix sockets are connected to each other. */
  readonly peersKnown: boolean;
}

/**
 * The sockets in the network namespace of `pid`, by inode: all of the kinds that the sockets `held` are of. `elsewhere`
 * says that this is not our own namespace, so that `ss` has to be run inside it (by nsenter).
 */
export async function readSockets(
  pid: number,
  elsewhere: boolean,
  held: ReadonlySet<number>,
  proc = PROC,
): Promise<SocketTable> {
  const table = (name: string): string => readText(`${proc}/${pid}/net/${name}`) ?? '';
  const sockets = new Map<number, Socket>();
  const add = (found: readonly Socket[]): void => {
    for (const socket of found) sockets.set(socket.inode, socket);
  };
  add(parseUnixTable(table('unix')));
  const others = [...held].filter(inode => !sockets.has(inode));
  if (others.length > 0) {
    for (const [file, protocol, family] of INET_TABLES) add(parseInetTable(protocol, family, table(file)));
    add(parseNetlinkTable(table('netlink')));
    add(parsePacketTable(table('packet')));
  }
  // ss takes longer than all the rest, and knows more of unix sockets only. What is in no table may be one, too.
  if (others.length === held.size && others.every(inode => sockets.has(inode)))
    return { sockets, peersKnown: true };
  const peers = await readUnixPeers(pid, elsewhere);
  add(withPeers(sockets, peers ?? []));
  return { sockets, peersKnown: peers !== undefined };
}

/** How many clients wait to be accepted on each listening TCP socket that a process could have, by inode. */
export function readQueues(pid: number, proc = PROC): ReadonlyMap<number, number> {
  const listening = tcpSockets(pid, proc).filter(one => one.state === 'listening');
  return new Map(listening.map(one => [one.inode, one.receiveQueue]));
}

/** The TCP connections that a process could have, and others in its network namespace. */
export function readConnections(pid: number, proc = PROC): readonly Socket[] {
  return tcpSockets(pid, proc).filter(({ state }) => state !== 'listening' && state !== 'unconnected');
}

/** What the kernel alone has of TCP connections in the network namespace of a process. */
export function readOwnerless(pid: number, proc = PROC): readonly Ownerless[] {
  return ['tcp', 'tcp6'].flatMap(name => parseOwnerless(readText(`${proc}/${pid}/net/${name}`) ?? ''));
}

function tcpSockets(pid: number, proc: string): readonly Socket[] {
  const table = (name: string): string => readText(`${proc}/${pid}/net/${name}`) ?? '';
  return [...parseInetTable('tcp', 'inet', table('tcp')), ...parseInetTable('tcp', 'inet6', table('tcp6'))];
}

/**
 * The unix sockets in the network namespace of a process, with what `ss` knows of them, if it is there. Without one: those of
 * this machine.
 * @param elsewhere whether that is not our own namespace
 */
export async function readUnixSockets(pid = process.pid, elsewhere = false): Promise<readonly Socket[]> {
  const sockets = parseUnixTable(readText(`${PROC}/${pid}/net/unix`) ?? '');
  const peers = await readUnixPeers(pid, elsewhere);
  return withPeers(new Map(sockets.map(one => [one.inode, one])), peers ?? []);
}

function withPeers(
  sockets: ReadonlyMap<number, Socket>,
  peers: NonNullable<Awaited<ReturnType<typeof readUnixPeers>>>,
): readonly Socket[] {
  const known = new Map(peers.map(peer => [peer.inode, peer]));
  return [...sockets.values()].map(socket => ({ ...socket, ...known.get(socket.inode) }));
}

async function readUnixPeers(pid: number, elsewhere: boolean) {
  const enter = elsewhere ? ['nsenter', '-t', `${pid}`, '-n'] : [];
  const [program = 'ss', ...args] = [...enter, 'ss', '-xaneOH'];
  const result = await run(program, args, { limit: 120_000, onLimit: 'report', maxOutput: 2 ** 28 });
  return result.status === 0 ? parseSsUnix(result.stdout) : undefined;
}
