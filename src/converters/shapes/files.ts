/** Shapes of open files: one table per kind, and which CRIU type and field each has in `file_entry`. */
import type { OpenFile, OpenFileOf } from '../../image-format/neutral/index.js';
import { pollEvents, watchEvents } from '../../image-format/neutral/words/files.js';
import { clocks } from '../../image-format/neutral/words/signals.js';
import { fileHandle, openFlagNames, signalOwner } from './file-parts.js';
import {
  bits,
  boolean,
  decimal,
  device,
  hex,
  hex32,
  list,
  named,
  nested,
  number,
  reference,
  signalMask,
  text,
} from './reps.js';
import { type Rep, type Shape, shape } from './shape.js';
import { inetSocket, netlinkSocket, packetSocket, unixSocket } from './sockets.js';

type Element<T> = NonNullable<T> extends readonly (infer E)[] ? E : never;

const regular = shape<OpenFileOf<'regular'>>('reg_file_entry', {
  flags: ['flags', openFlagNames],
  pos: ['position', decimal],
  fown: ['signalOwner', signalOwner],
  name: ['path', text],
  mnt_id: ['mount', number],
  size: ['size', decimal],
  ext: ['external', boolean],
  mode: ['mode', number],
  build_id: ['buildId', list(number)],
  checksum: ['checksum', number],
  checksum_config: ['checksumMethod', number],
  checksum_parameter: ['checksumParameter', number],
});

const pipe = shape<OpenFileOf<'pipe'>>('pipe_entry', {
  pipe_id: ['pipe', reference('pipe')],
  flags: ['flags', openFlagNames],
  fown: ['signalOwner', signalOwner],
  uid: ['user', number],
  gid: ['group', number],
});

const fifo = shape<OpenFileOf<'fifo'>>('fifo_entry', {
  pipe_id: ['fifo', reference('fifo')],
  regf_id: ['file', reference('file')],
  wait_writer: ['waitsForWriter', boolean],
});

const eventfd = shape<OpenFileOf<'eventfd'>>('eventfd_file_entry', {
  flags: ['flags', openFlagNames],
  fown: ['signalOwner', signalOwner],
  counter: ['counter', decimal],
});

const epollTarget = shape<Element<OpenFileOf<'epoll'>['targets']>>('eventpoll_tfd_entry', {
  tfd: ['descriptor', number],
  events: ['events', bits(pollEvents)],
  data: ['data', hex],
  dev: ['device', number],
  inode: ['inode', decimal],
  pos: ['position', decimal],
});
/** CRIU writes 0 as the ID of each target (criu/eventpoll.c): the epoll file holds them. */
const inEpoll: Rep<Element<OpenFileOf<'epoll'>['targets']>> = {
  lift: value => nested(epollTarget).lift(value),
  lower: value => ({ id: 0, ...(nested(epollTarget).lower(value) as object) }),
};
const epoll = shape<OpenFileOf<'epoll'>>('eventpoll_file_entry', {
  flags: ['flags', openFlagNames],
  fown: ['signalOwner', signalOwner],
  tfd: ['targets', list(inEpoll)],
});

const watch = shape<Element<OpenFileOf<'inotify'>['watches']>>('inotify_wd_entry', {
  i_ino: ['inode', decimal],
  mask: ['events', bits(watchEvents)],
  ignored_mask: ['ignored', bits(watchEvents)],
  s_dev: ['device', device],
  wd: ['descriptor', number],
  f_handle: ['file', fileHandle],
});
const inInotify: Rep<Element<OpenFileOf<'inotify'>['watches']>> = {
  lift: value => nested(watch).lift(value),
  lower: value => ({ id: 0, ...(nested(watch).lower(value) as object) }),
};
const inotify = shape<OpenFileOf<'inotify'>>('inotify_file_entry', {
  flags: ['flags', openFlagNames],
  fown: ['signalOwner', signalOwner],
  wd: ['watches', list(inInotify)],
});

type Mark = Element<OpenFileOf<'fanotify'>['marks']>;
const inodeMark = shape<NonNullable<Mark['inode']>>('fanotify_inode_mark_entry', {
  i_ino: ['inode', decimal],
  f_handle: ['file', fileHandle],
});
const mountMark = shape<NonNullable<Mark['mount']>>('fanotify_mount_mark_entry', {
  mnt_id: ['id', number],
  path: ['path', text],
});
const mark = shape<Mark>('fanotify_mark_entry', {
  type: ['scope', named({ inode: 1, mount: 2 })],
  mflags: ['flags', hex32],
  mask: ['events', bits(watchEvents)],
  ignored_mask: ['ignored', bits(watchEvents)],
  s_dev: ['device', device],
  ie: ['inode', nested(inodeMark)],
  me: ['mount', nested(mountMark)],
});
const inFanotify: Rep<Mark> = {
  lift: value => nested(mark).lift(value),
  lower: value => ({ id: 0, ...(nested(mark).lower(value) as object) }),
};
const fanotify = shape<OpenFileOf<'fanotify'>>('fanotify_file_entry', {
  flags: ['flags', openFlagNames],
  fown: ['signalOwner', signalOwner],
  faflags: ['groupFlags', hex32],
  evflags: ['eventFlags', hex32],
  mark: ['marks', list(inFanotify)],
});

const signalfd = shape<OpenFileOf<'signalfd'>>('signalfd_entry', {
  flags: ['flags', openFlagNames],
  fown: ['signalOwner', signalOwner],
  sigmask: ['signals', signalMask],
});

const timerfd: Rep<OpenFileOf<'timerfd'>> = (() => {
  type Flat = Omit<OpenFileOf<'timerfd'>, 'remaining' | 'interval'> &
    Record<'vs' | 'vn' | 'is' | 'in', string>;
  const flat = nested(
    shape<Flat>('timerfd_entry', {
      flags: ['flags', openFlagNames],
      fown: ['signalOwner', signalOwner],
      clockid: ['clock', named(clocks)],
      ticks: ['expirations', decimal],
      settime_flags: ['settings', bits({ absolute: 1, 'cancel-on-set': 2 })],
      vsec: ['vs', decimal],
      vnsec: ['vn', decimal],
      isec: ['is', decimal],
      insec: ['in', decimal],
    }),
  );
  return {
    lift: value => {
      const { vs, vn, is, in: fine, ...rest } = flat.lift(value);
      return {
        ...rest,
        remaining: { seconds: vs, nanoseconds: vn },
        interval: { seconds: is, nanoseconds: fine },
      };
    },
    lower: ({ remaining, interval, ...rest }) =>
      flat.lower({
        ...rest,
        vs: remaining.seconds,
        vn: remaining.nanoseconds,
        is: interval.seconds,
        in: interval.nanoseconds,
      }),
  };
})();

const terminal = shape<OpenFileOf<'terminal'>>('tty_file_entry', {
  tty_info_id: ['terminal', reference('terminal')],
  flags: ['flags', openFlagNames],
  fown: ['signalOwner', signalOwner],
  regf_id: ['file', reference('file')],
});

const namespaceFile = shape<OpenFileOf<'namespace'>>('ns_file_entry', {
  ns_id: ['namespace', reference('namespace')],
  ns_cflag: ['type', hex32],
  flags: ['flags', openFlagNames],
});

const tun = shape<OpenFileOf<'tun'>>('tunfile_entry', {
  netdev: ['device', text],
  detached: ['detached', boolean],
  ns_id: ['namespace', reference('namespace')],
});

const external = shape<OpenFileOf<'external'>>('ext_file_entry', { fown: ['signalOwner', signalOwner] });

const memfd = shape<OpenFileOf<'memfd'>>('memfd_file_entry', {
  flags: ['flags', openFlagNames],
  pos: ['position', decimal],
  fown: ['signalOwner', signalOwner],
  inode_id: ['memfd', reference('memfd')],
});

const bpfMap = shape<OpenFileOf<'bpf-map'>>('bpfmap_file_entry', {
  flags: ['flags', openFlagNames],
  pos: ['position', decimal],
  fown: ['signalOwner', signalOwner],
  map_type: ['type', number],
  key_size: ['keySize', number],
  value_size: ['valueSize', number],
  map_id: ['map', number],
  max_entries: ['capacity', number],
  map_flags: ['mapFlags', hex32],
  memlock: ['locked', decimal],
  frozen: ['frozen', boolean],
  map_name: ['name', text],
  ifindex: ['interface', number],
  mnt_id: ['mount', number],
  map_extra: ['extra', hex],
});

const pidfd = shape<OpenFileOf<'pidfd'>>('pidfd_entry', {
  ino: ['inode', number],
  flags: ['flags', openFlagNames],
  nspid: ['pid', number],
  fown: ['signalOwner', signalOwner],
});

/** What a kind of open file is in CRIU's `file_entry`: the number in `type`, and the field that holds the message. */
export interface FileKind {
  readonly type: number;
  readonly field: string;
  readonly rep: Rep<Omit<OpenFile, 'id' | 'kind'>>;
}

function kind<T>(type: number, field: string, table: Shape<T> | Rep<T>): FileKind {
  const rep = 'rows' in table ? nested(table) : table;
  return { type, field, rep: rep as unknown as FileKind['rep'] };
}

/** By the document's name; the numbers are CRIU's fd_types. */
export const fileKinds: Readonly<Record<OpenFile['kind'], FileKind>> = {
  regular: kind(1, 'reg', regular),
  pipe: kind(2, 'pipe', pipe),
  fifo: kind(3, 'fifo', fifo),
  'inet-socket': kind(4, 'isk', inetSocket),
  'unix-socket': kind(5, 'usk', unixSocket),
  eventfd: kind(6, 'efd', eventfd),
  epoll: kind(7, 'epfd', epoll),
  inotify: kind(8, 'ify', inotify),
  signalfd: kind(9, 'sgfd', signalfd),
  'packet-socket': kind(10, 'psk', packetSocket),
  terminal: kind(11, 'tty', terminal),
  fanotify: kind(12, 'ffy', fanotify),
  'netlink-socket': kind(13, 'nlsk', netlinkSocket),
  namespace: kind(14, 'nsf', namespaceFile),
  tun: kind(15, 'tunf', tun),
  external: kind(16, 'ext', external),
  timerfd: kind(17, 'tfd', timerfd),
  memfd: kind(18, 'memfd', memfd),
  'bpf-map': kind(19, 'bpf', bpfMap),
  pidfd: kind(20, 'pidfd', pidfd),
};

/** The document's name of each CRIU fd type. */
export const fileKindByType: ReadonlyMap<number, OpenFile['kind']> = new Map(
  Object.entries(fileKinds).map(([name, row]) => [row.type, name as OpenFile['kind']]),
);
