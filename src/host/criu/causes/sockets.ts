import { rules } from './rule.js';

/** Unix, internet and other sockets. */
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
]);
