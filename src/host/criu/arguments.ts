import { type KeptMounts, mountNames, mountSources, outsideFile } from './mounts.js';

/** What becomes of established TCP connections. `refuse` leaves it to CRIU to refuse. */
export type TcpPolicy = 'established' | 'close' | 'refuse';

const TCP: Record<TcpPolicy, readonly string[]> = {
  // nftables: with iptables the same was measured to take 1.4 s instead of 0.05 s, and to leave a table behind.
  established: ['--tcp-established', '--network-lock', 'nftables'],
  close: ['--tcp-close'],
  refuse: [],
};

/** A file that is not made anew from the images: which descriptor of CRIU takes its place. */
export interface InheritedFile {
  /** What CRIU calls it. */
  readonly name: string;
  readonly descriptor: number;
  /** What lies behind that descriptor: a stream whose other end is closed, /dev/null, or a new connection to the journal. */
  readonly leadsTo: 'nobody' | 'null' | 'journal';
}

/** Above every descriptor that opening them takes for a moment. */
const FIRST_OF_JOURNAL = 512;

/** Gives each such file a descriptor: from 3 on, as libuv numbers the pipes of a child, and far above those. Pure. */
export function inheritedFiles(
  closed: readonly number[],
  journal: readonly number[],
  nulls: KeptMounts['nulls'] = [],
): readonly InheritedFile[] {
  // criu/sk-unix.c, socket_d_name(): how a socket is called there.
  const socket = (inode: number): string => `socket:[${inode}]`;
  return [
    ...closed.map(inode => ({ name: socket(inode), leadsTo: 'nobody' as const })),
    ...nulls.map(file => ({ name: outsideFile(file), leadsTo: 'null' as const })),
  ]
    .map((file, at): InheritedFile => ({ ...file, descriptor: 3 + at }))
    .concat(
      journal.map((inode, at) => ({
        name: socket(inode),
        descriptor: FIRST_OF_JOURNAL + at,
        leadsTo: 'journal',
      })),
    );
}

export interface DumpRequest {
  readonly pid: number;
  readonly images: string;
  readonly log: string;
  readonly script: string;
  readonly tcp: TcpPolicy;
  /** Whether CRIU is to call our `iptables` instead of its nftables library (see `crowdsCriu`). */
  readonly ownLock?: boolean;
  readonly shellJob: boolean;
  readonly leaveRunning: boolean;
  readonly verbose: boolean;
  /** Largest unlinked file that is carried along, bytes. */
  readonly ghostLimit: number;
  /** Save datagram sockets that send to a named one outside, by that name. */
  readonly reconnectUnix?: boolean;
  /** Inodes of unix sockets whose peers outside are left behind. */
  readonly leftSockets?: readonly number[];
  /** For a tree with mounts of its own. */
  readonly mounts?: KeptMounts | undefined;
}

/** Files of options that the machine has for CRIU are not for us: one like `leave-running` makes something else of a freeze. */
const ALWAYS = ['--no-default-config', '--file-locks', '--link-remap', '--manage-cgroups=ignore'];

/**
 * How long CRIU may take to stop all tasks, s. By itself it gives up after 10 s (criu/include/cr_options.h, DEFAULT_TIMEOUT), which
 * thousands of threads on a slow machine, or one that waits for its disk, can take. One that waits for what never comes does
 * nothing, and is given up for that (`stalled`).
 */
const STOPPING = 3600;

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
    ...['--timeout', String(STOPPING)],
    ...ALWAYS,
    ...TCP[request.tcp],
    // The last one counts.
    ...(request.ownLock ? ['--network-lock', 'iptables'] : []),
    ...(request.shellJob ? ['--shell-job'] : []),
    ...(request.leaveRunning ? ['--leave-running'] : []),
    ...(request.reconnectUnix ? ['--ext-unix-sk'] : []),
    // criu/sk-unix.c, unix_sk_exception_lookup_id(): such a socket is saved without its peer.
    ...(request.leftSockets ?? []).flatMap(inode => ['--external', `unix[${inode}]`]),
    ...(request.mounts === undefined ? [] : mountNames(request.mounts)),
    ...(request.mounts?.nulls ?? []).flatMap(file => ['--external', outsideFile(file)]),
  ];
}

export interface RestoreRequest {
  readonly images: string;
  readonly log: string;
  readonly script: string;
  readonly tcp: TcpPolicy;
  readonly shellJob: boolean;
  readonly verbose: boolean;
  readonly reconnectUnix?: boolean;
  /** Whether the images say that uprobes were allowed: CRIU from 4.2 on wants to be told again, and others do not know it. */
  readonly uprobes?: boolean;
  /** Files that come from descriptors of CRIU instead of the images (see `startCriu`). */
  readonly inherited?: readonly InheritedFile[];
  /** For a tree with mounts of its own, and where the machine's root is mounted for it. */
  readonly mounts?: KeptMounts | undefined;
  readonly root?: string | undefined;
}

/** Arguments of `criu restore`. The tree is left to run on its own once CRIU has gone. */
export function restoreArguments(request: RestoreRequest): string[] {
  return [
    'restore',
    ...['--images-dir', request.images],
    ...['--log-file', request.log],
    request.verbose ? '-v4' : '-v2',
    ...['--action-script', request.script],
    '--restore-detached',
    ...ALWAYS,
    ...TCP[request.tcp],
    ...(request.shellJob ? ['--shell-job'] : []),
    ...(request.reconnectUnix ? ['--ext-unix-sk'] : []),
    ...(request.uprobes ? ['--allow-uprobes'] : []),
    ...(request.inherited ?? []).flatMap(({ descriptor, name }) => [
      '--inherit-fd',
      `fd[${descriptor}]:${name}`,
    ]),
    ...(request.mounts === undefined ? [] : mountSources(request.mounts)),
    ...(request.root === undefined ? [] : ['--root', request.root]),
  ];
}
