import { rules } from './rule.js';

/** Sockets whose surroundings a thaw does not find as they were. */
export const socketThawRules = rules([
  {
    code: 'criu-port-taken',
    during: 'restore',
    says: /Can't bind inet socket \(id \d+\): Address already in use/,
    source: 'criu/sk-inet.c, inet_bind()',
    proof: 'provoked',
  },
  {
    code: 'criu-address-missing',
    during: 'restore',
    says: /Can't bind inet socket (?:\(id \d+\)|back): Cannot assign requested address/,
    source: 'criu/sk-inet.c, inet_bind(); of a connection soccr/soccr.c, libsoccr_set_sk_data_noq()',
    proof: 'provoked',
  },
  {
    code: 'criu-route-missing',
    during: 'restore',
    says: /Can't connect inet socket back: Network is unreachable/,
    source: 'soccr/soccr.c, libsoccr_restore_queue() and libsoccr_restore()',
    proof: 'log',
  },
  {
    code: 'criu-connection-unwanted',
    during: 'restore',
    says: /Connected TCP socket in image/,
    source: 'criu/sk-inet.c, open_inet_sk()',
    proof: 'provoked',
  },
  {
    code: 'criu-unix-folder-missing',
    during: 'restore',
    says: /Can't bind id 0x[0-9a-f]+ ino \d+ addr (?<path>.*): No such file or directory/,
    source: 'criu/sk-unix.c, bind_unix_sk()',
    proof: 'provoked',
  },
  {
    code: 'criu-unix-peer-missing',
    during: 'restore',
    says: /FATAL: Peer (?<peer>\d+) unresolved for (?<socket>\d+)/,
    source: 'criu/sk-unix.c, fixup_unix_peers()',
    proof: 'provoked',
  },
  {
    code: 'criu-socket-buffer',
    during: 'restore',
    says: /Unable to set socket SO_SNDBUFFORCE\/SO_RCVBUFFORCE: Operation not permitted/,
    source: 'criu/sockets.c, sk_setbufs()',
    proof: 'provoked',
  },
  {
    code: 'criu-connection-taken',
    during: 'restore',
    says: /Can't connect inet socket back: Cannot assign requested address/,
    source: 'soccr/soccr.c, libsoccr_restore_queue() and libsoccr_restore()',
    proof: 'log',
  },
]);
