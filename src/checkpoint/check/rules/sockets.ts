import { isLinkLocal } from '../../../converters/shapes/addresses.js';
import { knownPairs } from '../../../host/criu/known-pairs.js';
import { asInRules } from '../../../host/nftables.js';
import type { Socket } from '../../../host/sockets/index.js';
import { boundAddress, isConnection } from '../bound-address.js';
import { each, type Rule, type TreeFacts } from '../rule.js';
import { eachSocket } from './each-socket.js';

/** Kernel names (net/*, `struct proto`) of what CRIU's `dump_socket` and `can_dump_ipproto` take. */
const SUPPORTED = new Set([
  'TCP',
  'TCPv6',
  'UDP',
  'UDPv6',
  'UDP-Lite',
  'UDPLITEv6',
  'RAW',
  'RAWv6',
  'PING',
  'PINGv6',
  'UNIX',
  'UNIX-STREAM',
  'NETLINK',
  'PACKET',
]);

const INET = /^(TCP|UDP|UDP-Lite|UDPLITE|RAW|PING)(v6)?$/;

export const socketRules: readonly Rule[] = [
  {
    id: 'socket-renamed',
    looksFor: 'a unix socket whose file has another name than when it was bound, in mounts of the tree’s own',
    severity: 'loss',
    why: 'CRIU knows a socket by the name that it was bound to. `ckpt` gives its file the name back that it has now, but only where it sees the folder itself.',
    remedy: 'Have the program open it again after the thaw (a reload)',
    find: each(({ socketFiles }) =>
      socketFiles.renamed
        .filter(({ folder }) => folder === undefined)
        .map(({ path, now }) => `socket ${path}, now called ${now}`),
    ),
  },
  {
    id: 'socket-in-own-root',
    looksFor: 'a unix socket that was bound in a root folder of the process’s own (chroot)',
    severity: 'cannot',
    why: 'CRIU binds it to the same path outside that folder, and deletes the socket that lies there.',
    remedy: 'Have the program bind it before it changes its root folder, or run it without one of its own',
    find: each(({ socketFiles, rootFolder }) =>
      socketFiles.inOwnRoot.map(path => `socket ${path} in the root folder ${rootFolder}`),
    ),
  },
  {
    id: 'mptcp',
    looksFor: 'a multipath TCP socket',
    severity: 'cannot',
    why: 'CRIU does not know multipath TCP.',
    remedy:
      'Start Go programs with GODEBUG=multipathtcp=0; turn it off in others, or with sysctl net.mptcp.enabled=0',
    find: eachSocket(({ protocol }) =>
      protocol?.startsWith('MPTCP') === true ? 'a multipath TCP socket' : undefined,
    ),
  },
  {
    id: 'socket-family',
    looksFor: 'a socket of a family that CRIU does not know',
    severity: 'cannot',
    why: 'CRIU saves unix, TCP, UDP, raw, netlink and packet sockets; not this family.',
    remedy: 'Make the program close it',
    find: eachSocket(({ protocol }) =>
      protocol !== undefined && !SUPPORTED.has(protocol) && !protocol.startsWith('MPTCP')
        ? `a socket of kind ${protocol}`
        : undefined,
    ),
  },
  {
    id: 'socket-unknown',
    looksFor: 'a socket whose kind cannot be seen',
    severity: 'unknown',
    why: 'It is in no table of the kernel, and its kind could not be asked for (perl is missing, or not root).',
    remedy: 'Install perl-base and run as root',
    find: eachSocket(({ protocol, socket }) =>
      protocol === undefined &&
      (socket === undefined || socket.family === 'inet' || socket.family === 'inet6')
        ? 'a socket of unknown kind'
        : undefined,
    ),
  },
  {
    id: 'passcred',
    looksFor: 'a network socket, on a kernel from 6.16 on with CRIU before 4.2',
    severity: 'cannot',
    why: 'From 6.16 on the kernel refuses to say SO_PASSCRED of sockets other than unix and netlink, which CRIU before 4.2 asks for.',
    remedy: 'Use CRIU 4.2 or newer',
    at: { side: 'freeze', ...knownPairs.passcred },
    find: eachSocket(({ protocol }) =>
      protocol !== undefined && (INET.test(protocol) || protocol === 'PACKET')
        ? `a ${protocol} socket`
        : undefined,
    ),
  },
  {
    id: 'tcp-refused',
    looksFor: 'TCP connections, with --tcp refuse',
    severity: 'cannot',
    why: 'The tree has TCP connections, and --tcp refuse asks not to freeze it then.',
    remedy: 'Choose --tcp established (keep them) or --tcp close',
    find: eachConnection('refuse', describe),
  },
  {
    id: 'tcp-closed',
    looksFor: 'TCP connections, with --tcp close',
    severity: 'loss',
    why: 'With --tcp close the thawed program finds its connections closed.',
    remedy: 'Choose --tcp established to keep them',
    find: eachConnection('close', describe),
  },
  {
    id: 'tcp-signed',
    looksFor: 'a TCP socket with keys that sign segments (TCP_MD5SIG)',
    severity: 'cannot',
    why: 'CRIU does not save the keys: the peer would take nothing that the thawed socket sends, and a listening one would take clients without them.',
    remedy:
      'Have the program end its signed sessions first (in BGP: take the neighbours’ passwords away), or stop it',
    find: eachSocket(({ socket, tree }) =>
      socket !== undefined && tree.signed.has(socket.inode)
        ? `${socket.local} with keys of TCP MD5`
        : undefined,
    ),
  },
  {
    id: 'tcp-translated',
    looksFor: 'a TCP connection whose packets NAT of this machine changes (redirect, DNAT, masquerade)',
    severity: 'loss',
    why: 'The next kernel does not know this translation, and resets the connection; a thaw under this kernel keeps it.',
    remedy:
      'Have the peer connect to the address and port that the program itself has, or connect again after the thaw',
    find: eachConnection('established', (socket, { translated }) => {
      const outside = translated.get(`${asInRules(socket.local)} . ${asInRules(socket.remote)}`);
      return outside === undefined ? undefined : `${describe(socket)}, outside ${outside}`;
    }),
  },
  {
    id: 'tcp-temporary-address',
    looksFor: 'a TCP connection from a temporary IPv6 address (privacy extensions)',
    severity: 'loss',
    why: 'The next boot makes another, random one, and the connection is lost; a thaw at boot waits 5 minutes for the address, and one under this kernel keeps the connection.',
    remedy:
      'Have the program connect from a lasting address (net.ipv6.conf.all.use_tempaddr=0), or take the connection down before the freeze',
    find: eachConnection('established', (socket, { temporary }) => {
      const [address = ''] = asInRules(socket.local).split(' ');
      return temporary.has(address) ? describe(socket) : undefined;
    }),
  },
  {
    id: 'tcp-link-local',
    looksFor: 'a TCP connection over IPv6 link-local addresses (fe80::)',
    severity: 'cannot',
    why: 'CRIU binds a thawed connection without its interface, which Linux does not accept for a link-local address.',
    remedy:
      'Have the peer use another address of this machine (names that end in .local often lead to this one), or end the connection: ss -K dst [PEER]; --tcp close gives up all connections',
    find: eachConnection('established', socket =>
      [socket.local, socket.remote].some(end => isLinkLocal(asInRules(end))) ? describe(socket) : undefined,
    ),
  },
  {
    id: 'address-absent',
    looksFor: 'a socket bound to an address that this machine does not have (any more)',
    severity: 'cannot',
    why: 'It was bound with IP_TRANSPARENT or IP_FREEBIND, or the address was taken away since. CRIU binds it as any other, which the kernel refuses.',
    remedy:
      'End a connection: ss -K src ADDRESS. For a socket that waits for others sysctl net.ipv4.ip_nonlocal_bind=1, now and at the thaw (/etc/sysctl.d); or have the program close it',
    find: eachSocket(({ socket, tree: { absent, options } }) => {
      const address = boundAddress(socket);
      if (socket === undefined || address === undefined) return undefined;
      if (isConnection(socket))
        return options.tcp === 'established' && absent.connect.has(address) ? describe(socket) : undefined;
      return absent.bind.has(address) ? `a ${socket.protocol} socket at ${socket.local}` : undefined;
    }),
  },
  {
    id: 'tcp-waiting',
    looksFor: 'connections that wait to be accepted, and nobody accepts any',
    severity: 'unknown',
    why: 'CRIU refuses a listening socket with connections that nobody has accepted yet, and these were there at several looks.',
    remedy: 'Check again; if it stays, the program does not accept, and its clients must go first',
    find: eachSocket(({ socket, tree }) =>
      socket !== undefined && tree.neglected.has(socket.inode)
        ? `${socket.local} with ${socket.receiveQueue} connection(s) waiting`
        : undefined,
    ),
  },
  {
    id: 'udp-unread',
    looksFor: 'datagrams that nobody has read',
    severity: 'loss',
    why: 'CRIU drops what waits to be read on a UDP socket.',
    remedy: 'Let the program read first',
    find: eachSocket(({ socket }) =>
      (socket?.protocol === 'udp' || socket?.protocol === 'udplite') && socket.receiveQueue > 0
        ? `${socket.local} with ${socket.receiveQueue} bytes waiting`
        : undefined,
    ),
  },
  {
    id: 'netlink-unread',
    looksFor: 'netlink messages that nobody has read',
    severity: 'unknown',
    why: 'CRIU refuses a netlink socket with messages waiting; a moment later there may be none.',
    remedy: 'Check again',
    find: eachSocket(({ socket }) =>
      socket?.family === 'netlink' && socket.receiveQueue > 0
        ? 'a netlink socket with messages waiting'
        : undefined,
    ),
  },
  {
    id: 'udp-lite-gone',
    looksFor: 'a UDP-Lite socket, and a kernel without UDP-Lite',
    severity: 'cannot',
    why: 'Kernels from 7.1 on have no UDP-Lite, so the socket cannot be made again.',
    remedy: 'Make the program close it, or stay with an older kernel',
    at: { side: 'thaw', kernel: { least: '7.1' } },
    find: eachSocket(({ protocol }) =>
      protocol?.startsWith('UDP') && /lite/i.test(protocol) ? protocol : undefined,
    ),
  },
];

/** Finds TCP connections of trees that are frozen with this policy for them. */
function eachConnection(
  tcp: TreeFacts['options']['tcp'],
  match: (socket: Socket, facts: TreeFacts) => string | undefined,
): Rule['find'] {
  return eachSocket(({ socket, tree }) =>
    tree.options.tcp === tcp && socket !== undefined && isConnection(socket)
      ? match(socket, tree)
      : undefined,
  );
}

function describe(socket: Socket): string {
  return `the connection ${socket.local} – ${socket.remote}`;
}
