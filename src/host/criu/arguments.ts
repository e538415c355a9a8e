/** What becomes of established TCP connections. `refuse` leaves it to CRIU to refuse. */
export type TcpPolicy = 'established' | 'close' | 'refuse';

const TCP: Record<TcpPolicy, readonly string[]> = {
  // nftables: iptables takes 1.4 s where this takes 0.05 s, and leaves a table behind (FACTS).
  established: ['--tcp-established', '--network-lock', 'nftables'],
  close: ['--tcp-close'],
  refuse: [],
};

export interface DumpRequest {
  readonly pid: number;
  readonly images: string;
  readonly log: string;
  readonly script: string;
  readonly tcp: TcpPolicy;
  readonly shellJob: boolean;
  readonly leaveRunning: boolean;
  readonly verbose: boolean;
  /** Largest unlinked file that is carried along, bytes. */
  readonly ghostLimit: number;
  /** Save datagram sockets that send to a named one outside, by that name. */
  readonly reconnectUnix?: boolean;
  /** Inodes of unix sockets whose peers outside are left behind. */
  readonly closedSockets?: readonly number[];
}

/** Arguments of `criu dump` (source: criu(8) of 3.17.1 to 4.3, which all know these). */
export function dumpArguments(request: DumpRequest): string[] {
  return [
    'dump',
    ...['--tree', String(request.pid)],
    ...['--images-dir', request.images],
    ...['--log-file', request.log],
    request.verbose ? '-v4' : '-v2',
    ...['--action-script', request.script],
    ...['--ghost-limit', String(request.ghostLimit)],
    '--file-locks',
    '--link-remap',
    '--manage-cgroups=ignore',
    ...TCP[request.tcp],
    ...(request.shellJob ? ['--shell-job'] : []),
    ...(request.leaveRunning ? ['--leave-running'] : []),
    ...(request.reconnectUnix ? ['--ext-unix-sk'] : []),
    // criu/sk-unix.c, unix_sk_exception_lookup_id(): such a socket is saved without its peer.
    ...(request.closedSockets ?? []).flatMap(inode => ['--external', `unix[${inode}]`]),
  ];
}

export interface RestoreRequest {
  readonly images: string;
  readonly log: string;
  readonly script: string;
  readonly tcp: TcpPolicy;
  readonly shellJob: boolean;
  readonly verbose: boolean;
  /** Where CRIU writes the PID of the restored root. */
  readonly pidFile: string;
  readonly reconnectUnix?: boolean;
  /** Inodes of unix sockets that are taken from CRIU's descriptors 3, 4, … (see `startCriu`). */
  readonly closedSockets?: readonly number[];
}

/** Arguments of `criu restore`. The tree is left to run on its own once CRIU has gone. */
export function restoreArguments(request: RestoreRequest): string[] {
  return [
    'restore',
    ...['--images-dir', request.images],
    ...['--log-file', request.log],
    request.verbose ? '-v4' : '-v2',
    ...['--action-script', request.script],
    ...['--pidfile', request.pidFile],
    '--restore-detached',
    '--file-locks',
    '--link-remap',
    '--manage-cgroups=ignore',
    ...TCP[request.tcp],
    ...(request.shellJob ? ['--shell-job'] : []),
    ...(request.reconnectUnix ? ['--ext-unix-sk'] : []),
    // criu/sk-unix.c, socket_d_name(): how a socket is called there.
    ...(request.closedSockets ?? []).flatMap((inode, at) => [
      '--inherit-fd',
      `fd[${3 + at}]:socket:[${inode}]`,
    ]),
  ];
}
