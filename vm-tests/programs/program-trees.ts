/** The program set: which programs run together in which tree. */

export interface ProgramTree {
  readonly name: string;
  /** Namespaces that the tree has of its own. */
  readonly own?: string;
  readonly programs: readonly string[];
}

/** One tree of everything that needs nothing special. */
export const plain: ProgramTree = {
  name: 'plain',
  programs: [
    ...['single', 'threads', 'fifty_threads', 'new_threads', 'fork_tree', 'sessions', 'stopped'],
    ...['mappings', 'shared_memory', 'memfd', 'locked_memory'],
    ...['regular_files', 'deleted_file', 'other_name_left', 'locks', 'inotify'],
    ...['pipe', 'half_pipe', 'fifo'],
    ...['unix_stream', 'unix_dgram', 'unix_seqpacket', 'in_flight', 'tcp', 'udp', 'netlink'],
    ...['epoll', 'eventfd', 'signalfd', 'signals'],
    ...['timerfd', 'posix_timers', 'interval_timers', 'clocks'],
    ...['rlimits', 'seccomp', 'capabilities', 'scheduling', 'pty'],
  ],
};

/** What is a system's and not a process's: a tree with IPC and UTS namespaces of its own. */
export const spaces: ProgramTree = { name: 'spaces', own: 'ipc,uts', programs: ['sysv_ipc', 'host_name'] };

/** A tree in cgroups of its own. */
export const cgroups: ProgramTree = { name: 'cgroups', programs: ['cgroup'] };
