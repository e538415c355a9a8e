/** Section: sockets. Each is an open file of its own kind. */
import { z } from 'zod';
import { openFileBase } from './open-file-base.js';
import { base64, hex64, i32, oneOf, payloadReference, reference, setOf, text, u32 } from './scalars.js';
import { microTime } from './signals.js';
import {
  bufferLocks,
  families,
  ipProtocols,
  netlinkProtocols,
  shutdowns,
  socketStates,
  socketTypes,
  tcpOptions,
} from './words/sockets.js';

export const socketOptions = z
  .strictObject({
    sendBuffer: u32.describe('SO_SNDBUF in bytes, as the kernel doubled it'),
    receiveBuffer: u32.describe('SO_RCVBUF in bytes, as the kernel doubled it'),
    sendTimeout: microTime.optional().describe('SO_SNDTIMEO; absent when none'),
    receiveTimeout: microTime.optional().describe('SO_RCVTIMEO; absent when none'),
    reuseAddress: z.boolean().optional().describe('SO_REUSEADDR'),
    priority: u32.optional().describe('SO_PRIORITY'),
    receiveLowWater: u32.optional().describe('SO_RCVLOWAT in bytes'),
    mark: u32.optional().describe('SO_MARK'),
    passCredentials: z.boolean().optional().describe('SO_PASSCRED'),
    passSecurity: z.boolean().optional().describe('SO_PASSSEC'),
    dontRoute: z.boolean().optional().describe('SO_DONTROUTE'),
    noChecksum: z.boolean().optional().describe('SO_NO_CHECK'),
    boundDevice: text.optional().describe('SO_BINDTODEVICE'),
    filter: z.array(hex64).optional().describe('SO_ATTACH_FILTER: a struct sock_filter in each number'),
    reusePort: z.boolean().optional().describe('SO_REUSEPORT'),
    broadcast: z.boolean().optional().describe('SO_BROADCAST'),
    keepAlive: z.boolean().optional().describe('SO_KEEPALIVE'),
    outOfBandInline: u32.optional().describe('SO_OOBINLINE'),
    linger: u32.optional().describe('SO_LINGER in seconds'),
    bufferLocks: setOf(bufferLocks)
      .optional()
      .describe('SO_BUF_LOCK: buffer sizes that the program set itself'),
  })
  .describe('Options of any socket (socket(7))');
export type SocketOptions = z.infer<typeof socketOptions>;

const tcpSocketOptions = z
  .strictObject({
    cork: z.boolean().optional().describe('TCP_CORK'),
    noDelay: z.boolean().optional().describe('TCP_NODELAY'),
    keepAliveCount: u32.optional().describe('TCP_KEEPCNT'),
    keepAliveIdle: u32.optional().describe('TCP_KEEPIDLE in seconds'),
    keepAliveInterval: u32.optional().describe('TCP_KEEPINTVL in seconds'),
  })
  .describe('Options of a TCP socket (tcp(7))');

export const tcpConnection = z
  .strictObject({
    receiveSequence: u32.describe('Sequence number after the receive queue'),
    sendSequence: u32.describe('Sequence number after the send queue'),
    options: setOf(tcpOptions).describe('Options agreed with the peer'),
    sendWindowScale: u32.describe('Window scale of the peer'),
    maximumSegment: u32.describe('Maximum segment size, in bytes'),
    receiveWindowScale: u32.optional().describe('Own window scale'),
    timestamp: u32
      .optional()
      .describe(
        'TCP timestamp clock, in milliseconds; in microseconds with the option microsecond-timestamps',
      ),
    unsent: u32.optional().describe('Bytes at the end of the send queue that were never sent'),
    windowUpdateSequence: u32.optional().describe('snd_wl1: sequence number of the last window update'),
    sendWindow: u32.optional().describe('snd_wnd in bytes'),
    largestWindow: u32.optional().describe('max_window in bytes'),
    receiveWindow: u32.optional().describe('rcv_wnd in bytes'),
    receiveWindowUpdate: u32.optional().describe('rcv_wup: sequence number of the last advertised window'),
    receiveQueue: payloadReference.optional().describe('Bytes received and not yet read'),
    sendQueue: payloadReference.optional().describe('Bytes written and not yet acknowledged'),
  })
  .describe('State of an established TCP connection');
export type TcpConnection = z.infer<typeof tcpConnection>;

export const ipOptions = z
  .strictObject({
    freeBind: z.boolean().optional().describe('IP_FREEBIND'),
    raw: z
      .strictObject({
        headerIncluded: z.boolean().optional().describe('IP_HDRINCL'),
        noDefragment: z.boolean().optional().describe('IP_NODEFRAG'),
        checksum: z.boolean().optional().describe('IPV6_CHECKSUM'),
        icmpFilter: z.array(u32).optional().describe('ICMP_FILTER'),
      })
      .optional()
      .describe('Options of a raw socket (raw(7))'),
    packetInformation: z.boolean().optional().describe('IP_PKTINFO'),
    typeOfService: u32.optional().describe('IP_TOS'),
    timeToLive: u32.optional().describe('IP_TTL'),
  })
  .describe('IP options (ip(7))');

export const inetSocket = z
  .strictObject({
    ...openFileBase('inet-socket'),
    inode: u32.describe('Inode number in sockfs on the old kernel: the name other sections know it by'),
    family: oneOf(families).describe('Address family (AF_*)'),
    type: oneOf(socketTypes).describe('Socket type (SOCK_*)'),
    protocol: oneOf(ipProtocols).describe('Protocol (IPPROTO_*)'),
    state: oneOf(socketStates).describe('State; closed for a socket that is not connected'),
    localPort: u32.describe('Local port'),
    peerPort: u32.describe('Port of the peer; 0 when not connected'),
    backlog: u32.describe('Length of the accept queue (listen(2))'),
    localAddress: text.optional().describe('Local address'),
    peerAddress: text.optional().describe('Address of the peer'),
    options: socketOptions,
    ipv6Only: z.boolean().optional().describe('IPV6_V6ONLY'),
    ipOptions: ipOptions.optional(),
    interface: text.optional().describe('Interface of a link-local address'),
    namespace: reference('namespace').optional().describe('Network namespace'),
    shutdown: oneOf(shutdowns).optional().describe('Directions that were shut down'),
    owner: u32.optional().describe('User ID that the socket belongs to'),
    tcpOptions: tcpSocketOptions.optional(),
    tcp: tcpConnection.optional(),
  })
  .describe('An IPv4 or IPv6 socket');

const queuedMessage = z
  .strictObject({
    data: payloadReference,
    credentials: z
      .strictObject({
        user: u32.describe('User ID'),
        group: u32.describe('Group ID'),
        pid: u32.describe('Process ID'),
      })
      .optional()
      .describe('Credentials of the sender (SCM_CREDENTIALS)'),
    ancillary: z
      .array(
        z
          .strictObject({
            type: u32.describe('SCM_*'),
            files: z.array(reference('file')).optional().describe('Open files on their way (SCM_RIGHTS)'),
          })
          .describe('A control message'),
      )
      .optional()
      .describe('Ancillary data (unix(7))'),
  })
  .describe('A message in the receive queue of a socket');
export type QueuedMessage = z.infer<typeof queuedMessage>;

export const unixSocket = z
  .strictObject({
    ...openFileBase('unix-socket'),
    inode: u32.describe('Inode number in sockfs on the old kernel: the name its peer knows it by'),
    type: oneOf(socketTypes).describe('Socket type (SOCK_*)'),
    state: oneOf(socketStates).describe('established, closed or listening'),
    traits: u32.optional().describe('Bits that CRIU keeps about an external or pseudo socket'),
    backlog: u32.describe('Length of the accept queue'),
    peer: u32.describe('Inode number of the peer socket; 0 when there is none'),
    options: socketOptions,
    name: base64.optional().describe('Bound address: a path, or after a zero byte an abstract name'),
    shutdown: oneOf(shutdowns).optional().describe('Directions that were shut down'),
    permissions: z
      .strictObject({
        mode: u32.describe('Mode bits'),
        user: u32.describe('Owner'),
        group: u32.describe('Group'),
      })
      .optional()
      .describe('Owner and mode of the socket file'),
    directory: text.optional().describe('Directory that a relative name starts from'),
    deleted: z.boolean().optional().describe('The socket file was removed'),
    namespace: reference('namespace').optional().describe('Network namespace'),
    mount: i32.optional().describe('Mount ID of the socket file, on the old kernel'),
    queue: z.array(queuedMessage).optional().describe('Messages that were not received yet'),
  })
  .describe('A Unix domain socket');

export const netlinkSocket = z
  .strictObject({
    ...openFileBase('netlink-socket'),
    inode: u32.describe('Inode number in sockfs on the old kernel'),
    protocol: oneOf(netlinkProtocols).describe('Netlink family (NETLINK_*)'),
    state: u32.describe('Kernel state: 0 unbound, 1 connected'),
    port: u32.describe('Netlink port ID'),
    groups: z.array(u32).optional().describe('Bit mask of the multicast groups joined'),
    peerPort: u32.describe('Port ID of the peer'),
    peerGroup: u32.describe('Multicast group of the peer'),
    options: socketOptions,
    namespace: reference('namespace').optional().describe('Network namespace'),
  })
  .describe('A netlink socket');

const packetRing = z
  .strictObject({
    blockSize: u32.describe('Bytes per block'),
    blocks: u32.describe('Number of blocks'),
    frameSize: u32.describe('Bytes per frame'),
    frames: u32.describe('Number of frames'),
    retireTimeout: u32.describe('Block timeout in milliseconds'),
    privateSize: u32.describe('Private bytes per block'),
    features: u32.describe('Feature bits'),
  })
  .describe('A memory-mapped ring (PACKET_RX_RING, PACKET_TX_RING)');

export const packetSocket = z
  .strictObject({
    ...openFileBase('packet-socket'),
    type: oneOf(socketTypes).describe('Socket type (SOCK_*)'),
    protocol: u32.describe('Ethernet protocol, network byte order'),
    interface: u32.describe('Interface index'),
    options: socketOptions,
    version: u32.describe('PACKET_VERSION'),
    reserve: u32.describe('PACKET_RESERVE'),
    auxiliaryData: z.boolean().describe('PACKET_AUXDATA'),
    originalDevice: z.boolean().describe('PACKET_ORIGDEV'),
    virtualNetworkHeader: z.boolean().describe('PACKET_VNET_HDR'),
    loss: z.boolean().describe('PACKET_LOSS'),
    timestamp: u32.describe('PACKET_TIMESTAMP'),
    copyThreshold: u32.describe('PACKET_COPY_THRESH'),
    memberships: z
      .array(
        z
          .strictObject({
            interface: u32.describe('Interface index'),
            type: u32.describe('PACKET_MR_*'),
            address: base64.describe('Hardware address'),
          })
          .describe('A membership'),
      )
      .optional()
      .describe('PACKET_ADD_MEMBERSHIP'),
    fanout: u32.optional().describe('PACKET_FANOUT'),
    receiveRing: packetRing.optional(),
    sendRing: packetRing.optional(),
    namespace: reference('namespace').optional().describe('Network namespace'),
  })
  .describe('A packet socket');

export type InetSocket = z.infer<typeof inetSocket>;
export type UnixSocket = z.infer<typeof unixSocket>;
export type NetlinkSocket = z.infer<typeof netlinkSocket>;
export type PacketSocket = z.infer<typeof packetSocket>;
