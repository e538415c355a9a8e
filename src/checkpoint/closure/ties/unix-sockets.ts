import type { Socket } from '../../../host/sockets/index.js';
import { anyInside, endsOfSlots, type Look, ofSeveral, ties } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie, TieEnd } from '../tie.js';
import { pidsOf } from './pipes.js';

/**
 * Connected unix sockets, one tie for each connection, and datagram sockets that were told where to send. A socket
 * held by several processes brings all of them in.
 */
export function findUnixSockets(look: Look): readonly Tie[] {
  const done = new Set<number>();
  return [...look.snapshot.sockets.values()].flatMap(socket => {
    if (socket.family !== 'unix' || done.has(socket.inode)) return [];
    const peer =
      socket.peer === undefined || socket.peer === 0 ? undefined : look.snapshot.sockets.get(socket.peer);
    if (peer === undefined) return pendingConnections(look, socket);
    if (peer.peer === socket.inode) done.add(peer.inode);
    return connection(look, socket, peer);
  });
}

function connection(look: Look, socket: Socket, peer: Socket): readonly Tie[] {
  const mine = look.sockets.get(socket.inode) ?? [];
  const theirs = look.sockets.get(peer.inode) ?? [];
  if (!anyInside(look, [...mine, ...theirs])) return [];
  const [low, high] = [socket.inode, peer.inode].sort((a, b) => a - b);
  const name = [socket.local, peer.local].find(text => text !== '') ?? `${low}–${high}`;
  const ends = [...endsOfSlots(look, mine), ...endsOfSlots(look, theirs)];
  const missing: TieEnd = {
    pid: undefined,
    name: 'an end that no process has open',
    how: 'in flight',
    inside: false,
  };
  const underWay = mine.length === 0 || theirs.length === 0;
  if (underWay) ends.push(missing);
  if (!ofSeveral(ends)) return [];
  const senderInside = anyInside(look, mine);
  const base = {
    kind: 'unix' as const,
    key: `${low}-${high}`,
    name: `unix ${socket.protocol} connection ${name}`,
    ends,
  };
  const output = [socket, peer].find(one => one.local === '');
  if (name === JOURNAL && output !== undefined && socket.protocol === 'stream')
    return [makeTie(look, { ...base, sockets: [output.inode], crossing: JOURNAL_OUTCOME })];
  const crossing = { ...(underWay ? { remedy: LATER } : {}), ...crossingOutcome(socket, peer, senderInside) };
  return [makeTie(look, { ...base, sockets: [low ?? 0, high ?? 0], crossing })];
}

/** What there is no process at cannot be frozen with the rest. */
const LATER =
  'Check again: a moment later a process may have accepted or received it; if it stays, restart the program';

/** Where systemd connects the output of its units (systemd-journald.socket(8)). */
const JOURNAL = '/run/systemd/journal/stdout';

const JOURNAL_OUTCOME = {
  standing: 'crossing' as const,
  happens: 'Its output goes to the journal, to which the thaw connects it again.',
  remedy: '',
  onRequest: 'journal' as const,
};

const LOGS = 'What it logs goes to the journal, to which the thaw connects it again.';

/**
 * Where syslog(3), whose /dev/log leads there, and sd_journal_print(3) send (systemd-journald.socket(8)), and sd_notify(3),
 * which systemd does not heed of a process that is no longer in its unit.
 */
const OF_SYSTEM: ReadonlyMap<string, string> = new Map([
  ['/run/systemd/journal/dev-log', LOGS],
  ['/run/systemd/journal/socket', LOGS],
  ['/run/systemd/notify', 'What it reports goes to systemd, to which the thaw connects it again.'],
]);

/**
 * Datagram sockets are only told where to send. CRIU reconnects one of ours to a named socket outside with
 * --ext-unix-sk, refuses one whose peer has no name, and does not look at those outside that send to us.
 */
function crossingOutcome(socket: Socket, peer: Socket, senderInside: boolean) {
  // A stream can be thawed as one that its peer has closed: programs must expect that of any stream. For a socket of
  // sequenced packets CRIU cannot make that state.
  if (socket.protocol !== 'datagram')
    return socket.protocol === 'stream' ? ({ onRequest: 'close' } as const) : {};
  if (!senderInside)
    return {
      standing: 'crossing' as const,
      happens:
        '{others} sends to a socket of this tree: what it sends meanwhile is refused, and it must connect again.',
    };
  const happens = OF_SYSTEM.get(peer.local);
  if (happens !== undefined)
    return { standing: 'crossing' as const, happens, remedy: '', onRequest: 'system' as const };
  if (peer.local !== '' && peer.peer !== socket.inode)
    return {
      happens: `The socket sends to ${peer.local} of {others}, outside, which CRIU takes along only when told to.`,
      remedy:
        'Freeze {others} as well (--with-ties), or make the program disconnect (log to a file, not to a socket)',
      onRequest: 'reconnect' as const,
    };
  return {};
}

/**
 * Clients that wait to be accepted. CRIU carries them along when they are frozen too (`unix_sk_listen_icon`), drops
 * those outside, and cannot connect one of ours to a listener outside again.
 */
function pendingConnections(look: Look, socket: Socket): readonly Tie[] {
  if (socket.state !== 'listening' || (socket.waiting ?? []).length === 0) return [];
  const holders = look.sockets.get(socket.inode) ?? [];
  return (socket.waiting ?? []).flatMap(client => {
    const clients = look.sockets.get(client) ?? [];
    const slots = [...holders, ...clients];
    if (!anyInside(look, slots)) return [];
    const ends: TieEnd[] = [...endsOfSlots(look, slots)];
    if (clients.length === 0)
      ends.push({
        pid: undefined,
        name: 'a client that has gone',
        how: 'waits to be accepted',
        inside: false,
      });
    if (!ofSeveral(ends)) return [];
    return [
      makeTie(look, {
        kind: 'unix',
        key: `pending-${socket.inode}-${client}`,
        name: `connection waiting to be accepted on ${socket.local || socket.inode}`,
        ends,
        ...(anyInside(look, holders) && clients.length > 0
          ? {
              crossing: {
                standing: 'crossing' as const,
                happens: '{others} waits to be accepted, and is dropped.',
                remedy: 'Let the server accept it first, or freeze {others} as well (--with-ties)',
              },
            }
          : clients.length === 0
            ? { crossing: { remedy: LATER } }
            : {}),
      }),
    ];
  });
}

/** Sockets that several processes hold: inherited over fork, or passed on (systemd keeps a copy of what it hands out). */
export function findSharedSockets(look: Look): readonly Tie[] {
  return [...look.sockets].flatMap(([inode, slots]) => {
    if (!ties(look, pidsOf(slots))) return [];
    const socket = look.snapshot.sockets.get(inode);
    const what = socket === undefined ? '' : `${socket.protocol} ${socket.local}`.trim();
    return [
      makeTie(look, {
        kind: 'socket',
        key: inode,
        name: `socket ${inode}${what === '' ? '' : ` (${what})`}`,
        ends: endsOfSlots(look, slots),
      }),
    ];
  });
}
