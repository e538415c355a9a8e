import { Exit, table } from './failure.js';

/** What CRIU's log says of unix, internet and other sockets. */
export const criuSocketFailures = table({
  'criu-unix-outside': {
    exit: Exit.refused,
    what: 'the tree of process {root} talks to a process outside it by a unix socket, so nothing was frozen',
    why: 'a connected unix socket cannot outlive either end, and only one of them would be frozen (often: the system log, D-Bus, a database on this machine)',
    hint: 'see which socket and who is at the other end: ckpt check {root}; freeze both, or close the connection first',
  },
  'criu-tcp-not-accepted': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a client that it has not accepted yet, so nothing was frozen',
    why: 'CRIU refuses a listening socket with connections in its queue, since it would lose them; ckpt has tried five times',
    hint: 'nothing was lost; if it stays (ss -ltn shows Recv-Q above 0), the program does not accept, and its clients must go first',
  },
  'criu-unix-not-accepted': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a client on a unix socket that has sent something and was not accepted yet, so nothing was frozen',
    why: 'CRIU does not save what such a client has sent, or that it has closed the connection; ckpt has tried five times',
    hint: 'nothing was lost; try again when less is going on (ss -lx shows Recv-Q above 0), or have the program accept its clients',
  },
  'criu-tcp-connected': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has TCP connections, so nothing was frozen, as --tcp refuse asks',
    why: 'a connection that is neither kept nor closed on purpose would break',
    hint: 'keep them: ckpt freeze {root} --tcp established; or give them up: --tcp close',
  },
  'criu-mptcp': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a multipath TCP socket (MPTCP), so nothing was frozen',
    why: 'CRIU does not know multipath TCP; Go programs use it for listening from Go 1.24 on without being asked',
    hint: 'start a Go program with GODEBUG=multipathtcp=0, others with their own switch, or all with: sysctl net.mptcp.enabled=0',
  },
  'criu-socket-family': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a socket of a kind that CRIU does not know, so nothing was frozen',
    why: 'its address family is number {family} (38: kernel cryptography AF_ALG, 40: virtual machine sockets, 44: XDP, 31: Bluetooth, 29: CAN)',
    hint: 'see the socket: ls -l /proc/{pid}/fd; make the program close it, or freeze without this process',
  },
  'criu-path-only-socket': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a socket file open by its path only (O_PATH), so nothing was frozen',
    why: 'CRIU takes it for a connected socket and asks it what only those can answer',
    hint: 'see it with: ls -l /proc/{pid}/fd; make the program close it, and try again',
  },
  'criu-udp-corked': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has half a datagram written, so nothing was frozen',
    why: 'a UDP socket is corked, and CRIU cannot take what waits in it',
    hint: 'try again: the program may have sent it a moment later; if it stays, it must uncork or close the socket',
  },
  'criu-netlink-unread': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has not read what the kernel told it (netlink), so nothing was frozen',
    why: 'CRIU refuses a netlink socket with messages waiting, since it would lose them',
    hint: 'try again a moment later; if it stays, the program hangs: see what it does (cat /proc/{pid}/wchan)',
  },
  'criu-socket-protocol': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a socket of a protocol that CRIU does not know, so nothing was frozen',
    why: 'its protocol is number {protocol} (132: SCTP, 33: DCCP, 256: SMC), and CRIU knows TCP, UDP, UDP-Lite and raw IP',
    hint: 'see the protocol: grep -w {protocol} /etc/protocols; make the program close the socket, or freeze without it',
  },
  'criu-passcred': {
    exit: Exit.incompatible,
    what: 'CRIU {version} cannot freeze network sockets on this kernel, and process {pid} ({name}) has one',
    why: 'CRIU before 4.2 asks such sockets for SO_PASSCRED, which kernels from 6.16 on refuse',
    hint: 'use CRIU 4.2 or newer: ckpt freeze {root} --criu PATH (ckpt doctor lists what works here)',
  },
  'criu-network-lock': {
    exit: Exit.missing,
    what: 'the TCP connections of process {pid} ({name}) cannot be held while it is frozen',
    why: 'CRIU could not set packet filter rules: the kernel has no nf_tables, or the right CAP_NET_ADMIN is missing',
    hint: 'load it: modprobe nf_tables; in a container give it NET_ADMIN; or give the connections up: ckpt freeze {root} --tcp close',
  },
});
