import { majorOf, minorOf, type Task } from '../../host/proc/index.js';
import { shellQuoted } from '../../host/shell.js';
import { type Look, processOf } from './look.js';
import type { TieEnd } from './tie.js';

/** A program whose servers run things in terminals of their own, and whose clients show these in somebody's. */
interface Multiplexer {
  /** What somebody types who looks at one. */
  readonly keys: string;
  readonly isServer: (task: NameAndTerminal) => boolean;
  readonly isViewer: (task: NameAndTerminal) => boolean;
  /** What ends a viewer, and nothing else: a command for sh, as whoever owns the server or as root. */
  readonly detach: (of: { readonly look: Look; readonly viewer: Task; readonly server: Task }) => string;
}

type NameAndTerminal = Pick<Task, 'name' | 'terminal'>;

/** Names as the kernel keeps them: tmux sets its own (osdep-linux.c, proc_start()), a server of screen has no terminal. */
const MULTIPLEXERS: readonly Multiplexer[] = [
  {
    keys: 'Ctrl-b d',
    isServer: ({ name }) => name === 'tmux: server',
    isViewer: ({ name }) => name === 'tmux: client',
    detach: ({ look, viewer }) => {
      const socket = socketOf(look, viewer.pid);
      const at = socket === undefined ? '' : `-S ${shellQuoted(socket)} `;
      return `tmux ${at}detach-client -t ${pathOf(viewer.terminal)}`;
    },
  },
  {
    keys: 'Ctrl-a d',
    isServer: ({ name, terminal }) => name === 'screen' && terminal === 0,
    isViewer: ({ name, terminal }) => name === 'screen' && terminal !== 0,
    detach: ({ server }) =>
      server.uids[0] === 0
        ? `screen -d ${server.pid}`
        : `sudo -u '#${server.uids[0]}' screen -d ${server.pid}`,
  },
];

/** Whoever says `tmux` means what runs there: who shows it stays in its login. Where there are only such, they are meant. */
export function withoutViewers<T extends NameAndTerminal>(tasks: readonly T[]): readonly T[] {
  const others = tasks.filter(task => !MULTIPLEXERS.some(({ isViewer }) => isViewer(task)));
  return others.length > 0 ? others : tasks;
}

/** How somebody who works in such a server leaves it; undefined for what is none. */
export function keysToDetach(task: NameAndTerminal): string | undefined {
  return MULTIPLEXERS.find(({ isServer }) => isServer(task))?.keys;
}

/**
 * What to do about a connection, or a terminal, that is there because somebody looks at a multiplexer that is to be frozen;
 * undefined for all others.
 */
export function toDetach(look: Look, ends: readonly TieEnd[]): string | undefined {
  const of = (inside: boolean): readonly Task[] =>
    ends.flatMap(one => (one.inside === inside ? (processOf(look, one.pid ?? 0) ?? []) : []));
  for (const { isServer, isViewer, detach } of MULTIPLEXERS) {
    const server = of(true).find(isServer);
    const viewer = of(false).find(isViewer);
    if (server !== undefined && viewer !== undefined)
      return `Detach it (${detach({ look, viewer, server })}): all that runs in it goes on`;
  }
  return undefined;
}

/** Where the server listens that a client is connected to. */
function socketOf({ snapshot, sockets }: Look, pid: number): string | undefined {
  for (const [inode, slots] of sockets) {
    const peer = slots.some(slot => slot.pid === pid) ? snapshot.sockets.get(inode)?.peer : undefined;
    const path = peer === undefined ? undefined : snapshot.sockets.get(peer)?.local;
    if (path?.startsWith('/')) return path;
  }
  return undefined;
}

/** The path of a terminal (Documentation/admin-guide/devices.txt): pseudo-terminals have 136 to 143, consoles 4. */
function pathOf(terminal: number): string {
  const [major, minor] = [majorOf(terminal), minorOf(terminal)];
  if (major !== 4) return `/dev/pts/${(major - 136) * 256 + minor}`;
  return minor < 64 ? `/dev/tty${minor}` : `/dev/ttyS${minor - 64}`;
}
