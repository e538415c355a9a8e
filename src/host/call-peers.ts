import type { FrozenConnection } from '../connection.js';
import { runPerl } from './perl.js';

/**
 * ICMP "destination unreachable" for IPv4 (RFC 792: host, code 1) and IPv6 (RFC 4443: no route, code 0), with the IP header and
 * the first 8 bytes of the segment that it is about. A peer on this machine gets it, too: sums have to be right everywhere.
 */
const SCRIPT = `
use strict;
use Socket qw(AF_INET AF_INET6 SOCK_RAW inet_pton pack_sockaddr_in pack_sockaddr_in6);
my ($rounds, $pause) = @ARGV;
sub summed {
  my ($bytes, $at) = @_;
  my $sum = unpack '%32n*', $bytes;
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  substr $bytes, $at, 2, pack 'n', ~$sum & 0xffff;
  return $bytes;
}
my %kinds = (
  ip => [AF_INET, 1, \\&pack_sockaddr_in, sub {
    my ($peer, $local, $segment) = @_;
    my $header = summed(pack('CCnnnCCn', 0x45, 0, 40, 0, 0x4000, 64, 6, 0) . $peer . $local, 10);
    return summed(pack('CCnN', 3, 1, 0, 0) . $header . $segment, 2);
  }],
  ip6 => [AF_INET6, 58, \\&pack_sockaddr_in6, sub {
    my ($peer, $local, $segment) = @_;
    return pack('CCnN', 1, 0, 0, 0) . pack('NnCC', 6 << 28, 20, 6, 64) . $peer . $local . $segment;
  }],
);
my (%sockets, @calls);
while (<STDIN>) {
  my ($kind, $local, $local_port, $peer, $peer_port, $sequence) = split;
  my ($family, $protocol, $address, $message) = @{$kinds{$kind}};
  my ($from, $to) = map { inet_pton($family, $_) } $local, $peer;
  next unless defined $from && defined $to;
  my $socket = $sockets{$local} //= do {
    my $new;
    socket($new, $family, SOCK_RAW, $protocol) && bind($new, $address->(0, $from)) ? $new : 0;
  };
  push @calls, [$socket, $message->($to, $from, pack('nnN', $peer_port, $local_port, $sequence)), $address->(0, $to)]
    if $socket;
}
for (1 .. $rounds) {
  send($_->[0], $_->[1], 0, $_->[2]) for @calls;
  select undef, undef, undef, $pause;
}
`;

/** As often as a peer doubles its wait before it gives up (net.ipv4.tcp_retries2). */
const ROUNDS = 15;
/** Between two rounds, in seconds. */
const PAUSE = 0.003;
/** Nobody waits for these processes any more: they run. */
const LIMIT_MS = 10_000;

/**
 * Has the peers of connections try again at once. A peer that sent something into the silence waits twice as long before each
 * new try, so that after a minute without an answer it may sleep for another one. A message that its segment did not reach
 * its destination takes back one doubling (RFC 6069; net/ipv4/tcp_ipv4.c, tcp_ld_RTO_revert()), and where the wait is over by
 * that, it tries again there and then. Who waits for nothing, or does not know of this, changes nothing: such a message ends
 * no established connection (RFC 1122, 4.2.3.9). What cannot be sent is not: peers try again by themselves, later.
 */
export async function callPeers(connections: readonly FrozenConnection[]): Promise<void> {
  if (connections.length === 0) return;
  const lines = connections.map(
    ({ family, local, peer, receiveSequence }) =>
      `${family} ${local.address} ${local.port} ${peer.address} ${peer.port} ${receiveSequence}\n`,
  );
  await runPerl(SCRIPT, [String(ROUNDS), String(PAUSE)], { input: lines.join(''), limit: LIMIT_MS });
}
