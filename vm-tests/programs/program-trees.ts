/** The program set: which programs run together in which tree, and which of them in one process. */

export interface ProgramTree {
  readonly name: string;
  /** Namespaces that the tree has of its own. */
  readonly own?: string;
  /** The programs, by the process that they share: the fewer processes, the faster a dump and a restore. */
  readonly processes: readonly (readonly string[])[];
}

/** One tree of everything that needs nothing special. */
export const plain: ProgramTree = {
  name: 'plain',
  processes: [
    ['single'],
    ['threads', 'fifty_threads', 'new_threads'],
    ['fork_tree', 'sessions', 'stopped'],
    ['mappings', 'shared_memory', 'locked_memory'],
    [
      ...['regular_files', 'deleted_file', 'other_name_left', 'locks', 'inotify', 'memfd'],
      ...['pipe', 'half_pipe', 'fifo', 'epoll', 'eventfd', 'pty'],
    ],
    ['unix_stream', 'unix_dgram', 'unix_seqpacket', 'in_flight', 'tcp', 'udp', 'netlink'],
    ['signalfd', 'signals', 'timerfd', 'posix_timers', 'interval_timers', 'clocks'],
    ['rlimits', 'scheduling'],
    ['seccomp'],
    ['capabilities'],
  ],
};

/** What is a system's and not a process's: a tree with IPC and UTS namespaces of its own. */
export const spaces: ProgramTree = {
  name: 'spaces',
  own: 'ipc,uts',
  processes: [['sysv_ipc', 'host_name']],
};

/** A tree with what newer kernels have no more. */
export const bygone: ProgramTree = { name: 'bygone', processes: [['udp_lite']] };

/** A tree in cgroups of its own. */
export const cgroups: ProgramTree = { name: 'cgroups', processes: [['cgroup']] };
