/** The program set: which programs run together in which tree, and which of them in one process. */

export interface ProgramTree {
  readonly name: string;
  /** Put in front of the leader's command: `unshare` with what it takes. */
  readonly inside?: string;
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
    ['mappings', 'shared_memory', 'posix_memory', 'locked_memory'],
    [
      ...['regular_files', 'deleted_file', 'other_name_left', 'locks', 'inotify', 'memfd'],
      ...['pipe', 'half_pipe', 'fifo', 'epoll', 'eventfd', 'pty'],
    ],
    ['unix_stream', 'unix_dgram', 'unix_seqpacket', 'in_flight', 'tcp', 'udp', 'netlink'],
    ['signalfd', 'signals', 'timerfd', 'posix_timers', 'interval_timers', 'clocks'],
    ['rlimits', 'scheduling', 'one_shot_timer'],
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

/** Huge pages of both kinds; those of hugetlb have to be set aside where the tree is thawed. */
export const huge: ProgramTree = {
  name: 'huge',
  processes: [['huge_mappings'], ['transparent_pages', 'no_transparent_pages']],
};

/** What is rarer: attributes of threads, options of sockets, odd files and mappings. */
export const rare: ProgramTree = {
  name: 'rare',
  processes: [
    ['thread_attributes'],
    ['thread_signals'],
    ['habits'],
    ['unsaved', 'shared_table'],
    ['asynchronous_io', 'barriers', 'odd_mappings'],
    ['inet_options', 'tcp6', 'raw_sockets'],
    ['packet_socket', 'netlink_groups'],
    ['unix_states'],
    ['gone_files'],
    ['special_files', 'owners_of_signals', 'fanotify'],
    ['more_timers'],
  ],
};

/** What CRIU before 4.1 refuses. */
export const handles: ProgramTree = { name: 'handles', processes: [['pidfd']] };

export const thousand: ProgramTree = { name: 'thousand', processes: [['thousand_threads']] };
export const crowd: ProgramTree = { name: 'crowd', processes: [['many_processes']] };

const fewMounts = 'unshare --mount /opt/programs/few-mounts.sh';

/** Trees in namespaces of their own, with what lies in such: one for each kind. */
export const namespaced: readonly ProgramTree[] = [
  { name: 'ipc', own: 'ipc', processes: [['sysv_ipc', 'huge_segment']] },
  { name: 'uts', own: 'uts', processes: [['host_name']] },
  {
    name: 'net',
    inside: 'unshare --net',
    processes: [['devices', 'tun_device', 'tcp', 'udp'], ['nested_spaces']],
  },
  { name: 'mnt', inside: fewMounts, processes: [['mounts', 'overlay', 'automount']] },
  {
    name: 'pid',
    inside: `${fewMounts} unshare --pid --fork --mount-proc`,
    processes: [['fork_tree'], ['threads']],
  },
  {
    name: 'user',
    inside: `${fewMounts} unshare --user --map-root-user --net --mount --pid --fork --mount-proc`,
    processes: [['single', 'unix_stream']],
  },
  {
    name: 'time',
    inside: 'unshare --time --monotonic 1000 --fork',
    processes: [['clocks', 'timerfd']],
  },
  { name: 'cgroups', inside: 'unshare --cgroup', processes: [['cgroup']] },
];
