import type { TieKind } from './tie.js';

/** What becomes of a kind of tie. `{others}` is filled with the processes outside. */
export interface Outcome {
  readonly happens: string;
  readonly remedy: string;
}

interface KindOutcomes {
  readonly inside: string;
  readonly crossing: Outcome & { readonly standing: 'crossing' | 'blocking' };
  /**
   * Both ends are frozen, but in separate trees: what CRIU makes of that, one dump for each tree. `cut` is refused, too,
   * but CRIU can be let do it (--break): each tree gets an end, or a copy, of its own.
   */
  readonly separate: 'kept' | 'lost' | 'cut' | 'refused';
  /** What to do where that is refused and the two can be no one tree, as they have no common ancestor but PID 1. */
  readonly apart?: string;
}

const TOGETHER = 'Freeze {others} as well (--with-ties)';

/**
 * One row for each kind of tie. The crossing column says what CRIU does on its own (read in its sources at v4.2 and
 * tried): some losses it refuses, some it takes silently.
 */
export const OUTCOMES: Readonly<Record<TieKind, KindOutcomes>> = {
  parent: {
    inside: 'The family is kept.',
    crossing: {
      standing: 'crossing',
      happens: '{others} sees its child end at the freeze; the thawed tree has the thaw as its parent.',
      remedy: 'Freeze {others} as well if it must keep waiting for this child',
    },
    separate: 'lost',
  },
  session: {
    inside: 'The session is kept.',
    crossing: {
      standing: 'blocking',
      happens: 'The session has members outside the tree ({others}), and a session cannot be cut in two.',
      remedy: 'Freeze {others} as well, or pass --shell-job to join the session of the thaw',
    },
    separate: 'refused',
  },
  group: {
    inside: 'The process group is kept.',
    crossing: {
      standing: 'crossing',
      happens: 'Signals to the group (Ctrl-C, job control) no longer reach both this tree and {others}.',
      remedy: TOGETHER,
    },
    separate: 'lost',
  },
  terminal: {
    inside: 'The terminal is kept, with what waits in it.',
    crossing: {
      standing: 'blocking',
      happens: 'The terminal belongs to {others}, which stays outside.',
      remedy: 'Freeze {others} as well, or pass --shell-job to use the terminal of the thaw',
    },
    separate: 'refused',
  },
  pipe: {
    inside: 'The pipe is kept, with what is in it.',
    crossing: {
      standing: 'crossing',
      happens: 'The pipe is cut: {others} and the thawed tree each see the other end closed.',
      remedy: TOGETHER,
    },
    separate: 'cut',
  },
  fifo: {
    inside: 'The fifo is kept, with what is in it.',
    crossing: {
      standing: 'crossing',
      happens: 'While the tree is frozen {others} sees the fifo closed at this end.',
      remedy: TOGETHER,
    },
    separate: 'refused',
  },
  unix: {
    inside: 'The connection is kept, with what is in flight.',
    crossing: {
      standing: 'blocking',
      happens: 'A connected unix socket cannot outlive either end, and {others} stays outside.',
      remedy: `${TOGETHER}, or close the connection first`,
    },
    separate: 'refused',
    apart:
      'Close it first, or have the two talk over TCP (127.0.0.1): they have no common ancestor below PID 1, so that to freeze both does not help',
  },
  tcp: {
    inside: 'The connection is kept, with what is in flight.',
    crossing: {
      standing: 'crossing',
      happens: 'The connection to {others} on this machine is held open while both live; a reboot ends it.',
      remedy: TOGETHER,
    },
    separate: 'kept',
  },
  udp: {
    inside: 'The sockets are kept.',
    crossing: {
      standing: 'crossing',
      happens: 'What {others} sends while the tree is frozen is lost, as UDP may lose it.',
      remedy: TOGETHER,
    },
    separate: 'kept',
  },
  remote: {
    inside: 'Kept.',
    crossing: {
      standing: 'crossing',
      happens: 'The peer on the other machine waits for as long as its own time-outs let it.',
      remedy: 'Keep the switch short, or close the connections first (--tcp close)',
    },
    separate: 'kept',
  },
  socket: {
    inside: 'The socket is kept by all who hold it.',
    crossing: {
      standing: 'crossing',
      happens:
        '{others} holds the same socket; afterwards each has one of its own, and the thaw finds the address taken while {others} lives.',
      remedy: TOGETHER,
    },
    separate: 'refused',
  },
  'shared-memory': {
    inside: 'The memory stays shared.',
    crossing: {
      standing: 'crossing',
      happens:
        'The memory is shared with {others}; after the thaw it is a copy, and they no longer see each other’s writes.',
      remedy: TOGETHER,
    },
    separate: 'cut',
  },
  memfd: {
    inside: 'The memory file stays shared.',
    crossing: {
      standing: 'crossing',
      happens: 'The memory file is shared with {others}; after the thaw each has a copy of its own.',
      remedy: TOGETHER,
    },
    separate: 'cut',
  },
  'posix-shared-memory': {
    inside: 'The shared memory file is kept.',
    crossing: {
      standing: 'crossing',
      happens:
        'The file in /dev/shm is shared with {others}, which goes on writing it while the tree is frozen; a reboot empties /dev/shm.',
      remedy: TOGETHER,
    },
    separate: 'kept',
  },
  'sysv-shared-memory': {
    inside: 'The segment stays attached.',
    crossing: {
      standing: 'crossing',
      happens: 'The segment is attached by {others} too, which goes on writing it while the tree is frozen.',
      remedy: TOGETHER,
    },
    separate: 'refused',
  },
  'sysv-semaphores': {
    inside: 'Nothing else uses the semaphores.',
    crossing: {
      standing: 'crossing',
      happens: '{others} uses the same semaphores, which stay in the kernel until it reboots.',
      remedy: TOGETHER,
    },
    separate: 'refused',
  },
  'sysv-messages': {
    inside: 'Nothing else uses the queue.',
    crossing: {
      standing: 'crossing',
      happens: '{others} uses the same message queue, which stays in the kernel until it reboots.',
      remedy: TOGETHER,
    },
    separate: 'refused',
  },
  'posix-messages': {
    inside: 'Nothing else uses the queue.',
    crossing: {
      standing: 'crossing',
      happens: '{others} uses the same message queue, which stays in the kernel until it reboots.',
      remedy: TOGETHER,
    },
    separate: 'refused',
  },
  'shared-mapping': {
    inside: 'Both map the file again.',
    crossing: {
      standing: 'crossing',
      happens: '{others} maps the same file and goes on writing it while the tree is frozen.',
      remedy: TOGETHER,
    },
    separate: 'kept',
  },
  'open-file': {
    inside: 'The file stays open once, with one offset for all.',
    crossing: {
      standing: 'crossing',
      happens: 'The file is open once for this tree and {others}; afterwards each has an offset of its own.',
      remedy: TOGETHER,
    },
    separate: 'lost',
  },
  'file-lock': {
    inside: 'The lock is taken again by its owner.',
    crossing: {
      standing: 'crossing',
      happens: '{others} contends for the lock and may hold it by the time of the thaw.',
      remedy: TOGETHER,
    },
    separate: 'lost',
  },
  'written-file': {
    inside: 'Both open the file again.',
    crossing: {
      standing: 'crossing',
      happens:
        '{others} writes the same file, too: while the tree is frozen its locks are not there. The thaw refuses a file that was locked and is written to meanwhile.',
      remedy: TOGETHER,
    },
    separate: 'kept',
  },
  epoll: sharedAnonymous('epoll'),
  eventfd: sharedAnonymous('eventfd'),
  inotify: sharedAnonymous('file watch'),
  signalfd: sharedAnonymous('signalfd'),
  timerfd: sharedAnonymous('timer'),
  'anonymous-file': sharedAnonymous('kernel object'),
  pidfd: {
    inside: 'The pidfd is kept.',
    crossing: {
      standing: 'blocking',
      happens: 'A pidfd refers to {others}; CRIU restores pidfds only within one tree.',
      remedy: TOGETHER,
    },
    separate: 'refused',
  },
  trace: {
    inside: 'One traces the other, and CRIU cannot stop what is traced.',
    crossing: {
      standing: 'blocking',
      happens: 'Debugged or traced: a process can have one tracer only, and CRIU needs to be it.',
      remedy: 'Detach the debugger or strace first',
    },
    separate: 'refused',
  },
  namespace: {
    inside: 'The namespace is made again for all its members.',
    crossing: {
      standing: 'crossing',
      happens: '{others} stays in the old namespace while the thawed tree gets a copy of it.',
      remedy: 'Freeze the process that set the namespace up as well (a container’s first process)',
    },
    separate: 'refused',
  },
  cgroup: {
    inside: 'The members stay in one control group.',
    crossing: {
      standing: 'crossing',
      happens: '{others} shares the control group and stays in it; limits and accounting are shared.',
      remedy: '',
    },
    separate: 'kept',
  },
};

function sharedAnonymous(what: string): KindOutcomes {
  return {
    inside: `The ${what} stays shared.`,
    crossing: {
      standing: 'crossing',
      happens: `The ${what} is shared with {others}; after the thaw each has one of its own.`,
      remedy: TOGETHER,
    },
    separate: 'cut',
  };
}
