import { knownPairs } from '../known-pairs.js';
import { rules } from './rule.js';

/** Unix, internet and other sockets that cannot be frozen. */
export const socketRules = rules([
  {
    code: 'criu-unix-outside',
    during: 'dump',
    says: /External socket is used\. Consider using --ext-unix-sk/,
    source: 'criu/sk-unix.c, fix_external_unix_sockets()',
    proof: 'provoked',
  },
  {
    code: 'criu-tcp-not-accepted',
    during: 'dump',
    says: /In-flight connection \(l\) for (?<socket>[0-9a-f]+)/,
    source: 'criu/sk-inet.c, can_dump_inet_sk()',
    proof: 'provoked',
  },
  {
    code: 'criu-unix-not-accepted',
    during: 'dump',
    says: /Non-empty write queue on an in-flight socket (?<socket>0x[0-9a-f]+)/,
    source: 'criu/sk-unix.c, dump_one_unix_fd()',
    proof: 'log',
  },
  {
    code: 'criu-unix-not-accepted',
    during: 'dump',
    says: /Found a closed in-flight socket to (?<socket>0x[0-9a-f]+)/,
    source: 'criu/sk-unix.c, dump_one_unix_fd()',
    proof: 'none',
  },
  {
    code: 'criu-tcp-connected',
    during: 'dump',
    says: /Connected TCP socket, consider using --tcp-established/,
    source: 'criu/sk-inet.c, can_dump_inet_sk()',
    proof: 'provoked',
  },
  {
    code: 'criu-mptcp',
    during: 'dump',
    says: /Unsupported proto 262 for socket (?<socket>[0-9a-f]+)/,
    source: 'criu/sk-inet.c, can_dump_ipproto()',
    proof: 'provoked',
  },
  {
    code: 'criu-socket-family',
    during: 'dump',
    says: /BUG! Unknown socket collected \(family (?<family>\d+)\)/,
    source: 'criu/sockets.c, dump_socket()',
    proof: 'provoked',
  },
  {
    code: 'criu-path-only-socket',
    during: 'dump',
    says: /Can't get 1:39 opt: Bad file descriptor/,
    source: 'criu/sockets.c, do_dump_opt(), from dump_socket()',
    proof: 'provoked',
  },
  {
    code: 'criu-udp-corked',
    during: 'dump',
    says: /Can't dump corked dgram socket (?<socket>[0-9a-f]+)/,
    source: 'criu/sk-inet.c, dump_dgram_sk()',
    proof: 'provoked',
  },
  {
    code: 'criu-netlink-unread',
    during: 'dump',
    says: /netlink: The socket has data to read/,
    source: 'criu/sk-netlink.c, can_dump_netlink_sk()',
    proof: 'provoked',
  },
  {
    code: 'criu-socket-protocol',
    during: 'dump',
    says: /Unsupported proto (?<protocol>\d+) for socket (?<socket>[0-9a-f]+)/,
    unless: /proto 262/,
    source: 'criu/sk-inet.c, can_dump_ipproto()',
    proof: 'log',
  },
  {
    code: 'criu-passcred',
    during: 'dump',
    says: /Can't get 1:16 opt: Operation not supported/,
    criu: knownPairs.passcred.criu,
    source: 'criu/sockets.c, do_dump_opt()',
    proof: 'provoked',
  },
  {
    code: 'criu-network-lock',
    during: 'dump',
    says: /Locking connection failed using nftables/,
    source: 'criu/netfilter.c, nftables_lock_connection()',
    proof: 'provoked',
  },
]);
