/** Options of sockets that no CRIU saves, or not every one (criu/sockets.c, sk-inet.c, sk-tcp.c): ckpt reads and sets them itself. */

/** How an option has to be treated. */
export type OptionKind =
  /** What getsockopt says, setsockopt takes. */
  | 'plain'
  /** The same, but a TCP connection has a value there although nobody set one. */
  | 'unconnected'
  /** The number of an interface, in the byte order of the machine; the next kernel may number them otherwise. */
  | 'interface'
  /** The same, in the byte order of the network. */
  | 'interface-in-network-order';

export interface OptionRow {
  readonly name: string;
  readonly level: number;
  readonly option: number;
  /** Bytes, the most that there are. */
  readonly size: number;
  readonly kind: OptionKind;
}

/** Levels of setsockopt(2). */
const [SOCKET, IP, TCP, UDP, IPV6, PACKET, NETLINK] = [1, 0, 6, 17, 41, 263, 270];

type Short = readonly [name: string, option: number, size?: number, kind?: OptionKind];

const at = (level: number, rows: readonly Short[]): readonly OptionRow[] =>
  rows.map(([name, option, size = 4, kind = 'plain']) => ({ name, level, option, size, kind }));

/**
 * By asm-generic/socket.h, linux/in.h, in6.h, tcp.h, udp.h, if_packet.h and netlink.h. Left out: what a kernel changes by itself
 * (SO_INCOMING_CPU, IPV6_MTU), and what cannot be read back (SO_ATTACH_REUSEPORT_CBPF).
 */
export const FORGOTTEN_OPTIONS: readonly OptionRow[] = [
  ...at(TCP, [
    ['TCP_MAXSEG', 2, 4, 'unconnected'],
    ['TCP_SYNCNT', 7],
    ['TCP_LINGER2', 8],
    ['TCP_DEFER_ACCEPT', 9, 4, 'unconnected'],
    ['TCP_WINDOW_CLAMP', 10, 4, 'unconnected'],
    ['TCP_CONGESTION', 13, 16],
    ['TCP_THIN_LINEAR_TIMEOUTS', 16],
    ['TCP_USER_TIMEOUT', 18],
    ['TCP_FASTOPEN', 23, 4, 'unconnected'],
    ['TCP_NOTSENT_LOWAT', 25],
    ['TCP_SAVE_SYN', 27, 4, 'unconnected'],
    ['TCP_FASTOPEN_CONNECT', 30, 4, 'unconnected'],
    ['TCP_FASTOPEN_NO_COOKIE', 34, 4, 'unconnected'],
    ['TCP_INQ', 36],
    ['TCP_TX_DELAY', 37],
    ['TCP_RTO_MAX_MS', 44],
    ['TCP_RTO_MIN_US', 45],
    ['TCP_DELACK_MAX_US', 46],
  ]),
  ...at(IP, [
    ['IP_TRANSPARENT', 19],
    ['IP_TOS', 1],
    ['IP_TTL', 2],
    ['IP_RECVOPTS', 6],
    ['IP_RETOPTS', 7],
    ['IP_PKTINFO', 8],
    ['IP_MTU_DISCOVER', 10],
    ['IP_RECVERR', 11],
    ['IP_RECVTTL', 12],
    ['IP_RECVTOS', 13],
    ['IP_PASSSEC', 18],
    ['IP_RECVORIGDSTADDR', 20],
    ['IP_MINTTL', 21],
    ['IP_CHECKSUM', 23],
    ['IP_BIND_ADDRESS_NO_PORT', 24],
    ['IP_RECVFRAGSIZE', 25],
    ['IP_RECVERR_RFC4884', 26],
    ['IP_MULTICAST_IF', 32],
    ['IP_MULTICAST_TTL', 33],
    ['IP_MULTICAST_LOOP', 34],
    ['IP_MULTICAST_ALL', 49],
    ['IP_UNICAST_IF', 50, 4, 'interface-in-network-order'],
    ['IP_LOCAL_PORT_RANGE', 51],
  ]),
  ...at(IPV6, [
    ['IPV6_TRANSPARENT', 75],
    ['IPV6_CHECKSUM', 7],
    ['IPV6_FLOWINFO', 11],
    ['IPV6_UNICAST_HOPS', 16],
    ['IPV6_MULTICAST_IF', 17, 4, 'interface'],
    ['IPV6_MULTICAST_HOPS', 18],
    ['IPV6_MULTICAST_LOOP', 19],
    ['IPV6_MTU_DISCOVER', 23],
    ['IPV6_RECVERR', 25],
    ['IPV6_MULTICAST_ALL', 29],
    ['IPV6_ROUTER_ALERT_ISOLATE', 30],
    ['IPV6_RECVERR_RFC4884', 31],
    ['IPV6_FLOWINFO_SEND', 33],
    ['IPV6_RECVPKTINFO', 49],
    ['IPV6_RECVHOPLIMIT', 51],
    ['IPV6_RECVHOPOPTS', 53],
    ['IPV6_RECVRTHDR', 56],
    ['IPV6_RECVDSTOPTS', 58],
    ['IPV6_RECVPATHMTU', 60],
    ['IPV6_DONTFRAG', 62],
    ['IPV6_RECVTCLASS', 66],
    ['IPV6_TCLASS', 67],
    ['IPV6_ADDR_PREFERENCES', 72],
    ['IPV6_MINHOPCOUNT', 73],
    ['IPV6_RECVORIGDSTADDR', 74],
    ['IPV6_UNICAST_IF', 76, 4, 'interface-in-network-order'],
    ['IPV6_RECVFRAGSIZE', 77],
  ]),
  ...at(UDP, [
    ['UDP_ENCAP', 100],
    ['UDP_NO_CHECK6_TX', 101],
    ['UDP_NO_CHECK6_RX', 102],
    ['UDP_SEGMENT', 103],
    ['UDP_GRO', 104],
  ]),
  ...at(NETLINK, [
    ['NETLINK_PKTINFO', 3],
    ['NETLINK_BROADCAST_ERROR', 4],
    ['NETLINK_NO_ENOBUFS', 5],
    ['NETLINK_LISTEN_ALL_NSID', 8],
    ['NETLINK_CAP_ACK', 10],
    ['NETLINK_EXT_ACK', 11],
    ['NETLINK_GET_STRICT_CHK', 12],
  ]),
  ...at(PACKET, [
    ['PACKET_TX_HAS_OFF', 19],
    ['PACKET_QDISC_BYPASS', 20],
    ['PACKET_IGNORE_OUTGOING', 23],
  ]),
  ...at(SOCKET, [
    ['SO_TIMESTAMP', 29],
    ['SO_TIMESTAMPNS', 35],
    ['SO_TIMESTAMPING', 37, 8],
    ['SO_RXQ_OVFL', 40],
    ['SO_PEEK_OFF', 42],
    ['SO_SELECT_ERR_QUEUE', 45],
    ['SO_BUSY_POLL', 46],
    ['SO_MAX_PACING_RATE', 47, 8],
    ['SO_ZEROCOPY', 60],
    ['SO_TXTIME', 61, 8],
    ['SO_PREFER_BUSY_POLL', 69],
    ['SO_RCVMARK', 75],
    ['SO_PASSPIDFD', 76],
    ['SO_RCVPRIORITY', 82],
    ['SO_PASSRIGHTS', 83],
    // The last: no filter can be attached after it.
    ['SO_LOCK_FILTER', 44],
  ]),
];

/** Memberships of multicast groups: the value is the group, and behind it the source where there is one. */
export const MEMBERSHIPS = {
  /** Every source but those that are blocked. */
  MCAST_JOIN_GROUP: 42,
  MCAST_BLOCK_SOURCE: 43,
  /** This source only. */
  MCAST_JOIN_SOURCE_GROUP: 46,
} as const;

/** One thing that was set on a socket. */
export interface SocketOption {
  /** As in the tables above. */
  readonly name: string;
  /** As setsockopt takes it, hexadecimal; an interface's number left out. */
  readonly value: string;
  /** Name of the interface. */
  readonly interface?: string | undefined;
}

/**
 * Perl: `forgotten($fd, $pid)` gives a word for each option of a socket that is not as in a new one, `option=NAME,VALUE,INTERFACE`.
 * It calls `opt`, which is getsockopt. Numbers: SO_DOMAIN 39, SO_TYPE 3, SO_PROTOCOL 38; TCP_INFO 11, whose first byte is the state
 * (7 closed, 10 listening), and which has at 16 the segment size that the kernel has reckoned: TCP_MAXSEG of a connection that is
 * over says just that, where nobody has set it (net/ipv4/tcp.c, do_tcp_getsockopt()), and it may be more than can be set; MCAST_MSFILTER
 * 48 with struct group_filter, which a socket answers for its own groups only.
 */
export const ASK_FORGOTTEN = `
my @options = map { [split / /] } grep { /./ } split /\\n/, '
${FORGOTTEN_OPTIONS.map(({ name, level, option, size, kind }) => `${name} ${level} ${option} ${size} ${kind}`).join('\n')}
';
my %levels = (1 => [1], 2 => [1, 0], 10 => [1, 0, 41], 16 => [1, 270], 17 => [1, 263]); my (%fresh, %groups, %links);
sub link_of { my ($n) = @_;
  if (!%links) { for my $file (glob '/sys/class/net/*/ifindex') { open(my $in, '<', $file) or next; $links{<$in> + 0} = (split m{/}, $file)[4] } }
  return $links{$n} // '' }
sub groups_of { my ($pid) = @_; my @found; my $index = 0;
  if (open(my $in, '<', "/proc/$pid/net/igmp")) {
    while (<$in>) { if (/^(\\d+)\\s/) { $index = $1 } elsif (/^\\s+([0-9A-F]{8})\\s/) { push @found, [2, $index, pack('L', hex $1)] } } }
  if (open(my $in, '<', "/proc/$pid/net/igmp6")) {
    while (<$in>) { push @found, [10, $1, pack('H*', $2)] if /^(\\d+)\\s+\\S+\\s+([0-9a-f]{32})\\s/ } }
  return \\@found }
sub address { my ($family, $bytes) = @_; return pack($family == 2 ? 'SSa4x120' : 'SSx4a16x104', $family, 0, $bytes) }
sub forgotten { my ($fd, $pid) = @_; my @say;
  my ($domain, $type, $protocol) = map { my $v = opt($fd, 1, $_, 4); defined $v ? unpack('i', $v) : -1 } 39, 3, 38;
  return if $domain < 0;
  my @levels = @{$levels{$domain} // []}; push @levels, $protocol if ($domain == 2 || $domain == 10) && ($protocol == 6 || $protocol == 17);
  my %level = map { $_ => 1 } @levels; my @asked = grep { $level{$_->[1]} } @options;
  my $new = $fresh{"$domain $type $protocol"} //= do { my %v;
    if (socket(my $s, $domain, $type, $protocol)) { $v{$_->[0]} = opt(fileno $s, @$_[1 .. 3]) for @asked } \\%v };
  my $info = $protocol == 6 ? opt($fd, 6, 11, 20) : undef; my $unconnected = !defined $info || $info =~ /^[\\x07\\x0a]/;
  my $reckoned = defined $info ? substr($info, 16, 4) : '';
  for my $row (@asked) { my ($name, $level, $number, $size, $kind) = @$row;
    next if $kind eq 'unconnected' && !$unconnected;
    next if $protocol == 6 && $name =~ /MULTICAST/;
    my $value = opt($fd, $level, $number, $size); my $usual = $new->{$name};
    next if !defined $value || !defined $usual || $value eq $usual || ($name eq 'TCP_MAXSEG' && $value eq $reckoned);
    my $link = $kind =~ /^interface/ ? link_of(unpack($kind eq 'interface' ? 'L' : 'N', $value)) : '';
    push @say, "option=$name," . ($link eq '' ? unpack('H*', $value) : '') . ",$link" }
  if (($domain == 2 || $domain == 10) && ($type == 2 || $type == 3)) {
    for (@{$groups{$pid} //= groups_of($pid)}) { my ($family, $index, $group) = @$_;
      my $filter = opt($fd, $family == 2 ? 0 : 41, 48, 144 + 64 * 128, pack('Lx4a128LL', $index, address($family, $group), 0, 64));
      next if !defined $filter; my ($only, $count) = unpack('LL', substr($filter, 136)); my $word = unpack('H*', $group); my $link = link_of($index);
      push @say, "option=MCAST_JOIN_GROUP,$word,$link" if !$only;
      for my $n (0 .. ($count > 64 ? 64 : $count) - 1) {
        my $source = unpack('H*', substr($filter, 144 + 128 * $n + ($family == 2 ? 4 : 8), $family == 2 ? 4 : 16));
        push @say, 'option=' . ($only ? 'MCAST_JOIN_SOURCE_GROUP' : 'MCAST_BLOCK_SOURCE') . ",$word$source,$link" } } }
  return @say }
`;

/** The answer of `forgotten`. Pure. */
export function readOptions(words: readonly string[]): readonly SocketOption[] {
  return words.flatMap(word => {
    const [, name = '', value = '', link = ''] = /^option=(\w+),([0-9a-f]*),(.*)$/.exec(word) ?? [];
    return name === '' ? [] : [{ name, value, ...(link === '' ? {} : { interface: link }) }];
  });
}
