/** What ties processes together, as data. A tie is one resource and everyone who holds it. */
export const TIE_KINDS = [
  'parent',
  'session',
  'group',
  'terminal',
  'pipe',
  'fifo',
  'unix',
  'tcp',
  'udp',
  'remote',
  'socket',
  'shared-memory',
  'memfd',
  'posix-shared-memory',
  'sysv-shared-memory',
  'sysv-semaphores',
  'sysv-messages',
  'posix-messages',
  'shared-mapping',
  'open-file',
  'file-lock',
  'written-file',
  'epoll',
  'eventfd',
  'inotify',
  'signalfd',
  'timerfd',
  'anonymous-file',
  'pidfd',
  'trace',
  'namespace',
  'cgroup',
] as const;
export type TieKind = (typeof TIE_KINDS)[number];

/**
 * inside: every holder is frozen in the same tree, so the tie is kept. crossing: somebody outside holds it too, and
 * the freeze goes on without them. blocking: the freeze is refused unless something is done.
 */
export type Standing = 'inside' | 'crossing' | 'blocking';

export interface TieEnd {
  /** The process that holds this end; undefined when it is no process of this machine that we can see. */
  readonly pid: number | undefined;
  /** Its name, or what the other end is when it is no process (`10.0.2.2:42376`). */
  readonly name: string;
  /** How it holds it: `reads fd 0`, `fd 5`, `mapping 7f…`, `leader`. */
  readonly how: string;
  /** Whether it is among the processes to be frozen. */
  readonly inside: boolean;
}

export interface Tie {
  /** Stable while the resource lives: `pipe:4021`. What `--break` takes. */
  readonly id: string;
  readonly kind: TieKind;
  /** In plain words: `pipe 4021`, `unix socket /run/x.sock`. */
  readonly name: string;
  readonly ends: readonly TieEnd[];
  readonly standing: Standing;
  /** What will happen to it, one sentence. */
  readonly happens: string;
  /** What a person can do about it; '' when there is nothing to do. */
  readonly remedy: string;
  /**
   * What CRIU can do about a blocking tie when it is asked to: give the thawed end a peer that has closed, connect it
   * again by the peer’s name, or cut it as it does with any that crosses. Undefined where it can do nothing. Two need no
   * asking, as any new connection to the system continues them: `journal`, for output, and `system`, for the datagrams of
   * syslog(3), sd_notify(3) and the like.
   */
  readonly onRequest?: 'close' | 'reconnect' | 'cut' | 'journal' | 'system';
  /** Of ends in separate trees that block: PID of the nearest process that both descend from, PID 1 never. */
  readonly ancestor?: number;
  /** Inodes of the ends of a connection of unix sockets; of one to the journal, of the end inside. */
  readonly sockets?: readonly number[];
}

/** Whether CRIU is told what to do about a tie without being asked to. */
export function isUnasked({ onRequest }: Pick<Tie, 'onRequest'>): boolean {
  return onRequest === 'journal' || onRequest === 'system';
}

/** What must be thought of when these processes are frozen. */
export interface Closure {
  readonly roots: readonly number[];
  readonly members: readonly number[];
  readonly ties: readonly Tie[];
  /** What could not be seen, in plain words. */
  readonly unknown: readonly string[];
}
