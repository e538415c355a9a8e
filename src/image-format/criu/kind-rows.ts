/**
 * Every kind of image file from CRIU 3.17.1 to 4.3, one row each. Facts from CRIU's `criu/image-desc.c` (file names),
 * `criu/include/magic.h` (magic numbers), `criu/protobuf-desc.c` (messages) and the code that writes each image
 * (payloads outside protobuf).
 */
import type { WireMessage } from './image-set.js';

/** What stands after the kind's name in its file's name. */
export type IdShape = 'none' | 'decimal' | 'hex' | 'word';

/** Bytes that follow a message: a count, or all that is left of the file. */
export type PayloadRule = (message: WireMessage) => number | 'rest';

export interface RecordsKind {
  readonly form: 'records';
  /** The kind's own magic number, which follows the common one. */
  readonly magic: number;
  /** The magic number before it: images share one, service files another, the inventory has none. */
  readonly lead: 'common' | 'service' | 'none';
  readonly message: string;
  /** Message of the first record, where it is another. */
  readonly head?: string;
  /** Message of records that follow each main one, and how many of them. */
  readonly sub?: { readonly message: string; readonly count: (main: WireMessage) => number };
  /** Payload rules by message. */
  readonly payload?: Readonly<Record<string, PayloadRule>>;
}

/** A format that is not CRIU's: dumps of other tools, archives, a plugin's own images. */
export interface RawKind {
  readonly form: 'raw';
}

/** Page payloads. */
export interface PagesKind {
  readonly form: 'pages';
}

interface Named {
  readonly kind: string;
  readonly ids: readonly IdShape[];
}

export type Kind = (RecordsKind & Named) | (RawKind & Named) | (PagesKind & Named);

/** Magic number at the start of every image but the inventory. */
export const COMMON_MAGIC = 0x54564319;
/** Magic number at the start of statistics and of the inotify path cache. */
export const SERVICE_MAGIC = 0x55105940;

const number = (value: unknown): number => Number(value ?? 0);
const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

const records: readonly (readonly [
  kind: string,
  ids: IdShape | readonly IdShape[],
  magic: number,
  message: string,
  more?: Partial<Omit<RecordsKind, 'form' | 'magic' | 'message'>>,
])[] = [
  ['inventory', 'none', 0x58313116, 'inventory_entry', { lead: 'none' }],
  ['stats', 'word', 0x57093306, 'stats_entry', { lead: 'service' }],
  ['irmap-cache', 'none', 0x57004059, 'irmap_cache_entry', { lead: 'service' }],
  ['cpuinfo', 'none', 0x61404013, 'cpuinfo_entry'],

  ['pstree', 'none', 0x50273030, 'pstree_entry'],
  ['core', 'decimal', 0x55053847, 'core_entry'],
  ['ids', 'decimal', 0x54432030, 'task_kobj_ids_entry'],
  ['mm', 'decimal', 0x57492820, 'mm_entry'],
  ['creds', 'decimal', 0x54023547, 'creds_entry'],
  ['fs', 'decimal', 0x51403912, 'fs_entry'],
  ['fdinfo', 'decimal', 0x56213732, 'fdinfo_entry'],
  ['pagemap', 'decimal', 0x56084025, 'pagemap_entry', { head: 'pagemap_head' }],
  ['pagemap-shmem', 'decimal', 0x56084025, 'pagemap_entry', { head: 'pagemap_head' }],
  ['vmas', 'decimal', 0x54123737, 'vma_entry'],
  ['sigacts', 'decimal', 0x55344201, 'sa_entry'],
  ['itimers', 'decimal', 0x57464056, 'itimer_entry'],
  ['posix-timers', 'decimal', 0x52603957, 'posix_timer_entry'],
  ['rlimit', 'decimal', 0x57113925, 'rlimit_entry'],
  ['signal-s', 'decimal', 0x59255647, 'siginfo_entry'],
  ['signal-p', 'decimal', 0x59255647, 'siginfo_entry'],
  ['seccomp', 'none', 0x64413049, 'seccomp_entry'],
  ['apparmor', 'none', 0x59423047, 'apparmor_entry'],
  ['cgroup', 'none', 0x59383330, 'cgroup_entry'],

  ['files', 'none', 0x56303138, 'file_entry'],
  ['reg-files', 'none', 0x50363636, 'reg_file_entry'],
  ['ext-files', 'none', 0x59255641, 'ext_file_entry'],
  ['ns-files', 'none', 0x61394011, 'ns_file_entry'],
  ['eventfd', 'none', 0x44523722, 'eventfd_file_entry'],
  ['eventpoll', 'none', 0x45023858, 'eventpoll_file_entry'],
  ['eventpoll-tfd', 'none', 0x44433746, 'eventpoll_tfd_entry'],
  ['signalfd', 'none', 0x57323820, 'signalfd_entry'],
  ['timerfd', 'none', 0x50493712, 'timerfd_entry'],
  ['inotify', 'none', 0x48424431, 'inotify_file_entry'],
  ['inotify-wd', 'none', 0x54562009, 'inotify_wd_entry'],
  ['fanotify', 'none', 0x55096122, 'fanotify_file_entry'],
  ['fanotify-mark', 'none', 0x56506035, 'fanotify_mark_entry'],
  ['unixsk', 'none', 0x54373943, 'unix_sk_entry'],
  ['inetsk', 'none', 0x56443851, 'inet_sk_entry'],
  ['packetsk', 'none', 0x60454618, 'packet_sock_entry'],
  ['netlinksk', 'none', 0x58005614, 'netlink_sk_entry'],
  ['tunfile', 'none', 0x57143751, 'tunfile_entry'],
  ['pidfd', 'none', 0x54435556, 'pidfd_entry'],
  ['bpfmap-file', 'none', 0x57506142, 'bpfmap_file_entry'],
  ['memfd', 'none', 0x48453499, 'memfd_inode_entry'],
  ['filelocks', 'none', 0x54323616, 'file_lock_entry'],
  ['remap-fpath', 'none', 0x59133954, 'remap_file_path_entry'],
  ['tty', 'none', 0x59433025, 'tty_file_entry'],
  ['tty-info', 'none', 0x59453036, 'tty_info_entry'],
  ['tty-data', 'none', 0x59413026, 'tty_data_entry'],
  ['pipes', 'none', 0x56513555, 'pipe_entry'],
  ['fifo', 'none', 0x58364939, 'fifo_entry'],

  ['utsns', 'decimal', 0x54473203, 'utsns_entry'],
  ['userns', 'decimal', 0x55474906, 'userns_entry'],
  ['timens', 'decimal', 0x43114433, 'timens_entry'],
  ['pidns', 'decimal', 0x61157326, 'pidns_entry'],
  ['mountpoints', 'decimal', 0x55563928, 'mnt_entry'],
  ['netns', 'decimal', 0x55933752, 'netns_entry'],
  ['netdev', 'decimal', 0x57373951, 'net_device_entry'],
  ['autofs', 'decimal', 0x49353943, 'autofs_entry'],
  ['binfmt-misc', ['none', 'decimal'], 0x67343323, 'binfmt_misc_entry'],
  ['ipcns-var', 'decimal', 0x53115007, 'ipc_var_entry'],

  [
    'pipes-data',
    'none',
    0x56453709,
    'pipe_data_entry',
    { payload: { pipe_data_entry: m => number(m.bytes) } },
  ],
  [
    'fifo-data',
    'none',
    0x59333054,
    'pipe_data_entry',
    { payload: { pipe_data_entry: m => number(m.bytes) } },
  ],
  [
    'sk-queues',
    'none',
    0x56264026,
    'sk_packet_entry',
    { payload: { sk_packet_entry: m => number(m.length) } },
  ],
  [
    'tcp-stream',
    'hex',
    0x51465506,
    'tcp_stream_entry',
    // the receive queue, then the send queue
    { payload: { tcp_stream_entry: m => number(m.inq_len) + number(m.outq_len) } },
  ],
  [
    'bpfmap-data',
    'none',
    0x64324033,
    'bpfmap_data_entry',
    { payload: { bpfmap_data_entry: m => number(m.keys_bytes) + number(m.values_bytes) } },
  ],
  [
    'ghost-file',
    'hex',
    0x52583605,
    'ghost_file_entry',
    {
      sub: {
        message: 'ghost_chunk_entry',
        count: m => (m.chunks === true ? Number.POSITIVE_INFINITY : 0),
      },
      payload: {
        ghost_file_entry: m => (m.chunks === true ? 0 : 'rest'),
        ghost_chunk_entry: m => number(m.len),
      },
    },
  ],
  [
    'ipcns-msg',
    'decimal',
    0x55453737,
    'ipc_msg_entry',
    {
      sub: { message: 'ipc_msg', count: m => number(m.qnum) },
      payload: { ipc_msg: m => roundUp(number(m.msize), 8) },
    },
  ],
  [
    'ipcns-sem',
    'decimal',
    0x59573019,
    'ipc_sem_entry',
    { payload: { ipc_sem_entry: m => roundUp(2 * number(m.nsems), 8) } },
  ],
  [
    'ipcns-shm',
    'decimal',
    0x46283044,
    'ipc_shm_entry',
    // since CRIU 3.2 the contents lie in pagemap-shmem
    { payload: { ipc_shm_entry: m => (m.in_pagemaps === true ? 0 : roundUp(number(m.size), 4)) } },
  ],
];

const raw: readonly (readonly [form: 'raw' | 'pages', ids: IdShape, kinds: readonly string[]])[] = [
  ['raw', 'decimal', ['ifaddr', 'route', 'route6', 'rule', 'iptables', 'ip6tables', 'nftables']],
  ['raw', 'decimal', ['netns-ct', 'netns-exp', 'tmpfs', 'tmpfs-dev']],
  ['pages', 'decimal', ['pages', 'pages-shmem']],
];

export const kinds: readonly Kind[] = [
  ...records.map(
    ([kind, ids, magic, message, more]): Kind => ({
      form: 'records',
      kind,
      ids: typeof ids === 'string' ? [ids] : ids,
      magic,
      message,
      lead: 'common',
      ...more,
    }),
  ),
  ...raw.flatMap(([form, id, names]) => names.map((kind): Kind => ({ form, kind, ids: [id] }))),
  // CRIU's own GPU plugin keeps its images in formats of its own (plugins/amdgpu/amdgpu_plugin_util.h)
  { form: 'raw', kind: 'amdgpu', ids: ['word'] },
];
