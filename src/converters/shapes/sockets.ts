/** Shapes of sockets and their options. */
import type {
  InetSocket,
  NetlinkSocket,
  PacketSocket,
  QueuedMessage,
  SocketOptions,
  TcpConnection,
  UnixSocket,
} from '../../image-format/neutral/index.js';
import {
  bufferLocks,
  families,
  ipProtocols,
  netlinkProtocols,
  shutdowns,
  socketStates,
  socketTypes,
  tcpOptions as tcpOptionBits,
} from '../../image-format/neutral/words/sockets.js';
import { ipAddress } from './addresses.js';
import { openFlagNames, signalOwner } from './file-parts.js';
import {
  base64,
  bits,
  boolean,
  decimal,
  hex,
  list,
  named,
  nested,
  number,
  reference,
  silently,
  text,
} from './reps.js';
import { type Rep, shape } from './shape.js';

type FlatOptions = Omit<SocketOptions, 'sendTimeout' | 'receiveTimeout'> &
  Record<'ss' | 'su' | 'rs' | 'ru', string>;
const flatOptions = nested(
  shape<FlatOptions>('sk_opts_entry', {
    so_sndbuf: ['sendBuffer', number],
    so_rcvbuf: ['receiveBuffer', number],
    so_snd_tmo_sec: ['ss', decimal],
    so_snd_tmo_usec: ['su', decimal],
    so_rcv_tmo_sec: ['rs', decimal],
    so_rcv_tmo_usec: ['ru', decimal],
    reuseaddr: ['reuseAddress', boolean],
    so_priority: ['priority', number],
    so_rcvlowat: ['receiveLowWater', number],
    so_mark: ['mark', number],
    so_passcred: ['passCredentials', boolean],
    so_passsec: ['passSecurity', boolean],
    so_dontroute: ['dontRoute', boolean],
    so_no_check: ['noChecksum', boolean],
    so_bound_dev: ['boundDevice', text],
    so_filter: ['filter', list(hex)],
    so_reuseport: ['reusePort', boolean],
    so_broadcast: ['broadcast', boolean],
    so_keepalive: ['keepAlive', boolean],
    so_oobinline: ['outOfBandInline', number],
    so_linger: ['linger', number],
    so_buf_lock: ['bufferLocks', bits(bufferLocks)],
  }),
);

const span = (seconds: string, microseconds: string) =>
  seconds === '0' && microseconds === '0' ? undefined : { seconds, microseconds };

const options: Rep<SocketOptions> = {
  lift: value => {
    const { ss, su, rs, ru, ...rest } = flatOptions.lift(value);
    const sendTimeout = span(ss, su);
    const receiveTimeout = span(rs, ru);
    return {
      ...rest,
      ...(sendTimeout === undefined ? {} : { sendTimeout }),
      ...(receiveTimeout === undefined ? {} : { receiveTimeout }),
    };
  },
  lower: ({ sendTimeout, receiveTimeout, ...rest }) =>
    flatOptions.lower({
      ...rest,
      ss: sendTimeout?.seconds ?? '0',
      su: sendTimeout?.microseconds ?? '0',
      rs: receiveTimeout?.seconds ?? '0',
      ru: receiveTimeout?.microseconds ?? '0',
    }),
};

type IpOptions = NonNullable<InetSocket['ipOptions']>;
const rawOptions = shape<NonNullable<IpOptions['raw']>>('ip_opts_raw_entry', {
  hdrincl: ['headerIncluded', boolean],
  nodefrag: ['noDefragment', boolean],
  checksum: ['checksum', boolean],
  icmpv_filter: ['icmpFilter', list(number)],
});
const ipOptions = shape<IpOptions>('ip_opts_entry', {
  freebind: ['freeBind', boolean],
  raw: ['raw', nested(rawOptions)],
  pktinfo: ['packetInformation', boolean],
  tos: ['typeOfService', number],
  ttl: ['timeToLive', number],
});

const tcpOptions = shape<NonNullable<InetSocket['tcpOptions']>>('tcp_opts_entry', {
  cork: ['cork', boolean],
  nodelay: ['noDelay', boolean],
  keepcnt: ['keepAliveCount', number],
  keepidle: ['keepAliveIdle', number],
  keepintvl: ['keepAliveInterval', number],
});

export const inetSocket = shape<InetSocket>('inet_sk_entry', {
  ino: ['inode', number],
  family: ['family', named(families)],
  type: ['type', named(socketTypes)],
  proto: ['protocol', named(ipProtocols)],
  state: ['state', named(socketStates)],
  src_port: ['localPort', number],
  dst_port: ['peerPort', number],
  flags: ['flags', openFlagNames],
  backlog: ['backlog', number],
  src_addr: ['localAddress', ipAddress],
  dst_addr: ['peerAddress', ipAddress],
  fown: ['signalOwner', signalOwner],
  opts: ['options', options],
  v6only: ['ipv6Only', boolean],
  ip_opts: ['ipOptions', nested(ipOptions)],
  ifname: ['interface', text],
  ns_id: ['namespace', reference('namespace')],
  shutdown: ['shutdown', named(shutdowns)],
  tcp_opts: ['tcpOptions', nested(tcpOptions)],
  uid: ['owner', number],
});

/** `tcp_stream_entry`, without the lengths of its queues. */
export const tcpConnection = shape<TcpConnection>('tcp_stream_entry', {
  inq_seq: ['receiveSequence', number],
  outq_seq: ['sendSequence', number],
  opt_mask: ['options', bits(tcpOptionBits)],
  snd_wscale: ['sendWindowScale', number],
  mss_clamp: ['maximumSegment', number],
  rcv_wscale: ['receiveWindowScale', number],
  timestamp: ['timestamp', number],
  unsq_len: ['unsent', number],
  snd_wl1: ['windowUpdateSequence', number],
  snd_wnd: ['sendWindow', number],
  max_window: ['largestWindow', number],
  rcv_wnd: ['receiveWindow', number],
  rcv_wup: ['receiveWindowUpdate', number],
});

/** Credentials that a queued message carries. */
export const senderCredentials = shape<NonNullable<QueuedMessage['credentials']>>('sk_ucred_entry', {
  uid: ['user', number],
  gid: ['group', number],
  pid: ['pid', number],
});

const permissions = shape<NonNullable<UnixSocket['permissions']>>('file_perms_entry', {
  mode: ['mode', number],
  uid: ['user', number],
  gid: ['group', number],
});

export const unixSocket = shape<UnixSocket>('unix_sk_entry', {
  ino: ['inode', number],
  type: ['type', named(socketTypes)],
  state: ['state', named(socketStates)],
  flags: ['flags', openFlagNames],
  uflags: ['traits', silently(0, number)],
  backlog: ['backlog', number],
  peer: ['peer', number],
  fown: ['signalOwner', signalOwner],
  opts: ['options', options],
  name: ['name', silently(new Uint8Array(), base64)],
  shutdown: ['shutdown', named(shutdowns)],
  file_perms: ['permissions', nested(permissions)],
  name_dir: ['directory', text],
  deleted: ['deleted', boolean],
  ns_id: ['namespace', reference('namespace')],
  mnt_id: ['mount', number],
});

export const netlinkSocket = shape<NetlinkSocket>('netlink_sk_entry', {
  ino: ['inode', number],
  protocol: ['protocol', named(netlinkProtocols)],
  state: ['state', number],
  flags: ['flags', openFlagNames],
  portid: ['port', number],
  groups: ['groups', list(number)],
  dst_portid: ['peerPort', number],
  dst_group: ['peerGroup', number],
  fown: ['signalOwner', signalOwner],
  opts: ['options', options],
  ns_id: ['namespace', reference('namespace')],
});

type Membership = NonNullable<PacketSocket['memberships']>[number];
const membership = shape<Membership>('packet_mclist', {
  index: ['interface', number],
  type: ['type', number],
  addr: ['address', base64],
});
const ring = shape<NonNullable<PacketSocket['receiveRing']>>('packet_ring', {
  block_size: ['blockSize', number],
  block_nr: ['blocks', number],
  frame_size: ['frameSize', number],
  frame_nr: ['frames', number],
  retire_tmo: ['retireTimeout', number],
  sizeof_priv: ['privateSize', number],
  features: ['features', number],
});

export const packetSocket = shape<PacketSocket>('packet_sock_entry', {
  type: ['type', named(socketTypes)],
  protocol: ['protocol', number],
  flags: ['flags', openFlagNames],
  ifindex: ['interface', number],
  fown: ['signalOwner', signalOwner],
  opts: ['options', options],
  version: ['version', number],
  reserve: ['reserve', number],
  aux_data: ['auxiliaryData', boolean],
  orig_dev: ['originalDevice', boolean],
  vnet_hdr: ['virtualNetworkHeader', boolean],
  loss: ['loss', boolean],
  timestamp: ['timestamp', number],
  copy_thresh: ['copyThreshold', number],
  mclist: ['memberships', list(nested(membership))],
  fanout: ['fanout', number],
  rx_ring: ['receiveRing', nested(ring)],
  tx_ring: ['sendRing', nested(ring)],
  ns_id: ['namespace', reference('namespace')],
});
