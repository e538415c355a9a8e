/** Names of what a socket is. Numbers are Linux's own ABI. */

/** AF_*. */
export const families = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
/** SOCK_*. */
export const socketTypes = {
  stream: 1,
  datagram: 2,
  raw: 3,
  'reliable-datagram': 4,
  'sequential-packet': 5,
  packet: 10,
} as const;
/** IPPROTO_*. */
export const ipProtocols = {
  ip: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  icmpv6: 58,
  sctp: 132,
  'udp-lite': 136,
  raw: 255,
  mptcp: 262,
} as const;
/** TCP_* states of the kernel; unix and udp sockets use a part of them. */
// biome-ignore format: a table
export const socketStates = {
  established: 1, 'syn-sent': 2, 'syn-received': 3, 'fin-wait-1': 4, 'fin-wait-2': 5, 'time-wait': 6, closed: 7,
  'close-wait': 8, 'last-ack': 9, listening: 10, closing: 11,
} as const;
/** Which directions were shut down (shutdown(2)). */
export const shutdowns = { none: 0, read: 1, write: 2, both: 3 } as const;
/** TCPI_OPT_* of the connection. */
// biome-ignore format: a table
export const tcpOptions = {
  timestamps: 1, 'selective-acknowledgement': 2, 'window-scale': 4, ecn: 8, 'ecn-seen': 16, 'syn-data': 32,
  'microsecond-timestamps': 64,
} as const;
/** SOCK_SNDBUF_LOCK, SOCK_RCVBUF_LOCK. */
export const bufferLocks = { send: 1, receive: 2 } as const;
/** NETLINK_* families. */
// biome-ignore format: a table
export const netlinkProtocols = {
  route: 0, usersock: 2, firewall: 3, 'sock-diag': 4, nflog: 5, xfrm: 6, selinux: 7, iscsi: 8, audit: 9,
  'fib-lookup': 10, connector: 11, netfilter: 12, 'ip6-firewall': 13, 'dnrt-message': 14, 'kobject-uevent': 15,
  generic: 16, 'scsi-transport': 18, ecryptfs: 19, rdma: 20, crypto: 21, smc: 22,
} as const;
