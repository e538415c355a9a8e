/**
 * A tree is looked at piece by piece while it runs: what a busy server had open for one piece is closed for the next. What
 * does not fit together is looked at again, so that only what stays so counts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PROC, readLink } from '../../host/proc/files.js';
import { readFdInfo, type Slot, type Snapshot, slotKey, socketProtocols } from '../../host/proc/index.js';
import {
  isFor,
  type Ownerless,
  readOwnerless,
  readQueues,
  readUnixSockets,
} from '../../host/sockets/index.js';
import type { WatchedElsewhere } from './ask.js';
import { listenersOf, socketsOf } from './sockets-of.js';

/** How often, and how far apart. */
const LOOKS = 5;
const PAUSE_MS = 50;

type Protocols = Map<number, Map<number, string | undefined>>;

/**
 * Sockets whose protocol could not be asked for: those that are there still are asked for again (`protocols` is changed),
 * the others are given back as `PID:FD` (slotKey), as they are no part of the tree any more.
 */
export async function vanishedSockets(
  { descriptors }: Snapshot,
  protocols: Protocols,
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  for (let look = 1; look <= LOOKS; look++) {
    const there: Slot[] = [];
    for (const [pid, byFd] of protocols)
      for (const { fd, target } of descriptors.get(pid) ?? []) {
        if (!byFd.has(fd) || byFd.get(fd) !== undefined) continue;
        if (readLink(`/proc/${pid}/fd/${fd}`) === target) there.push({ pid, fd });
        else {
          gone.add(slotKey({ pid, fd }));
          byFd.delete(fd);
        }
      }
    if (there.length === 0) break;
    if (look > 1) await sleep(PAUSE_MS);
    const names = await socketProtocols(there);
    for (const [at, { pid, fd }] of there.entries()) protocols.get(pid)?.set(fd, names[at]);
    // There is nobody to ask.
    if (names.every(name => name === undefined)) break;
  }
  return gone;
}

/** Of what polls watch although it seems closed: what they watch still at every look. */
export async function stillWatched(
  found: ReadonlyMap<number, readonly WatchedElsewhere[]>,
): Promise<ReadonlyMap<number, readonly WatchedElsewhere[]>> {
  let left = [...found];
  for (let look = 1; look <= LOOKS && left.length > 0; look++) {
    await sleep(PAUSE_MS);
    left = left.flatMap(([pid, rows]): typeof left => {
      const same = rows.filter(({ epoll, line }) =>
        readFdInfo(pid, epoll)?.lines.some(
          ([word, value]) => word === 'tfd' && fileIn(value) === fileIn(line),
        ),
      );
      return same.length === 0 ? [] : [[pid, same]];
    });
  }
  return new Map(left);
}

/** What tells a watched file from others; what it is watched for may change. */
function fileIn(line: string): string {
  return line.replace(/events:\s*\w+/, '');
}

/** Listening TCP sockets, by inode, whose clients nobody accepts: the same number of them waits at every look. */
export async function neglectedListeners(snapshot: Snapshot): Promise<ReadonlySet<number>> {
  let left = new Map(
    listenersOf(snapshot.targets, snapshot)
      .filter(({ receiveQueue }) => receiveQueue > 0)
      .map(({ inode, receiveQueue }) => [inode, receiveQueue]),
  );
  const networks = byNetwork(snapshot);
  for (let look = 1; look <= LOOKS && left.size > 0; look++) {
    await sleep(PAUSE_MS);
    const now = new Map(networks.flatMap(([pid]) => [...readQueues(pid)]));
    left = new Map([...left].filter(([inode, waiting]) => now.get(inode) === waiting));
  }
  return new Set(left.keys());
}

/** Clients, by inode, that have said something on a unix socket where nobody has accepted them: the same ones at every look. */
export async function unreadClients(snapshot: Snapshot): Promise<ReadonlySet<number>> {
  const { targets, sockets, namespaces, ownNamespaces } = snapshot;
  const saidSomething = (inode: number): boolean => (sockets.get(inode)?.sendQueue ?? 0) > 0;
  const waiting = socketsOf(targets, snapshot).flatMap(socket => socket.waiting ?? []);
  let left = new Set(waiting.filter(saidSomething));
  const elsewhere = (pid: number): boolean => namespaces.get(pid)?.net !== ownNamespaces.net;
  const networks = byNetwork(snapshot);
  for (let look = 1; look <= LOOKS && left.size > 0; look++) {
    await sleep(PAUSE_MS);
    const now = await Promise.all(networks.map(([pid]) => readUnixSockets(pid, elsewhere(pid))));
    const still = new Set(now.flat().flatMap(socket => socket.waiting ?? []));
    left = new Set([...left].filter(inode => still.has(inode)));
  }
  return left;
}

/** What the kernel alone has of connections to listening TCP sockets, by their inode: what is there at every look. */
export async function leftToKernel(
  snapshot: Snapshot,
  proc = PROC,
): Promise<ReadonlyMap<number, readonly Ownerless[]>> {
  const found = await Promise.all(byNetwork(snapshot).map(pids => leftInNetwork(pids, snapshot, proc)));
  return new Map(found.flat());
}

async function leftInNetwork(
  pids: Network,
  snapshot: Snapshot,
  proc: string,
): Promise<readonly (readonly [inode: number, left: readonly Ownerless[]])[]> {
  const listeners = listenersOf(pids, snapshot);
  if (listeners.length === 0) return [];
  const [pid] = pids;
  let left = readOwnerless(pid, proc).filter(one => listeners.some(({ local }) => isFor(local, one.local)));
  for (let look = 1; look <= LOOKS && left.length > 0; look++) {
    await sleep(PAUSE_MS);
    const now = new Map(readOwnerless(pid, proc).map(one => [keyOf(one), one]));
    left = left.flatMap(one => now.get(keyOf(one)) ?? []);
  }
  return listeners.map(({ inode, local }) => [inode, left.filter(one => isFor(local, one.local))]);
}

function keyOf({ state, local, remote }: Ownerless): string {
  return `${state} ${local} ${remote}`;
}

/** Processes of one network namespace, of which each shows its tables. */
type Network = readonly [pid: number, ...others: number[]];

function byNetwork({ targets, namespaces }: Snapshot): readonly Network[] {
  const networks = new Map<number, [number, ...number[]]>();
  for (const pid of targets) {
    const network = namespaces.get(pid)?.net;
    if (network === undefined) continue;
    const known = networks.get(network);
    if (known === undefined) networks.set(network, [pid]);
    else known.push(pid);
  }
  return [...networks.values()];
}
