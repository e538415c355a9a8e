import { linkedInode } from '../../../host/proc/index.js';
import { each, type Rule } from '../rule.js';
import { eachSocket } from './each-socket.js';

/** What was set on a socket, and what waits in it. */
export const socketSettingRules: readonly Rule[] = [
  {
    id: 'in-flight',
    looksFor: 'descriptors under way through a unix socket',
    severity: 'unknown',
    why: 'Some process has sent descriptors that nobody has received yet. Nobody can see what they are; CRIU takes files, pipes and sockets along, and refuses terminals.',
    remedy: 'Check again: a moment later they may have been received',
    find: eachSocket(({ file }) => {
      const count = Number(file.lines.find(([key]) => key === 'scm_fds')?.[1] ?? 0);
      return count > 0 ? `a unix socket with ${count} descriptor(s) under way` : undefined;
    }),
  },
  {
    id: 'unread-at-the-door',
    looksFor: 'a client that has sent something before it is accepted',
    severity: 'unknown',
    why: 'CRIU takes clients along that wait to be accepted on a unix socket, but refuses one that has already sent something; a moment later it may be accepted.',
    remedy: 'Check again; if it stays, the program does not accept, and its clients must go first',
    find: eachSocket(({ socket, tree }) => {
      const sent = (socket?.waiting ?? []).filter(inode => tree.unread.has(inode));
      return sent.length > 0 ? `${socket?.local} with ${sent.length} such client(s)` : undefined;
    }),
  },
  {
    id: 'unread-from-user',
    looksFor: 'unread messages that tell who sent them, and a CRIU before 4.3',
    severity: 'unknown',
    why: 'CRIU before 4.3 refuses messages with credentials (SO_PASSCRED) that nobody has read; a moment later there may be none.',
    remedy: 'Check again, or use CRIU 4.3 or newer',
    at: { side: 'freeze', criu: { below: '4.3' } },
    find: eachSocket(({ socket, settings }) =>
      socket?.family === 'unix' && socket.receiveQueue > 0 && settings?.namesSender === 'user'
        ? `a unix socket with ${socket.receiveQueue} bytes waiting`
        : undefined,
    ),
  },
  {
    id: 'unread-from-handle',
    looksFor: 'unread messages that come with a handle of who sent them',
    severity: 'unknown',
    why: 'CRIU refuses messages with pidfds (SO_PASSPIDFD) that nobody has read; a moment later there may be none.',
    remedy: 'Check again',
    find: eachSocket(({ socket, settings }) =>
      socket?.family === 'unix' && socket.receiveQueue > 0 && settings?.namesSender === 'handle'
        ? `a unix socket with ${socket.receiveQueue} bytes waiting`
        : undefined,
    ),
  },
  {
    id: 'kernel-program-filter',
    looksFor: 'a socket with a BPF program as its filter',
    severity: 'cannot',
    why: 'CRIU cannot read a BPF program back from a socket (SO_ATTACH_BPF); classic filters it can.',
    remedy: 'Make the program close the socket',
    find: eachSocket(({ settings }) =>
      settings?.kernelProgram === true ? 'a socket with a BPF program' : undefined,
    ),
  },
  {
    id: 'kernel-tls',
    looksFor: 'a connection that the kernel encrypts',
    severity: 'cannot',
    why: 'The keys of kernel TLS are in the kernel, and CRIU does not save them: the thawed connection would go on in plain text.',
    remedy:
      'Turn kernel TLS off in the program (ssl_conf_command Options -KTLS), or make it close the connection',
    find: eachSocket(({ settings }) =>
      settings?.upperLayer === 'tls' ? 'a connection with kernel TLS' : undefined,
    ),
  },
  {
    id: 'packet-ring',
    looksFor: 'a packet socket that hands packets over through memory (a ring, as tcpdump has)',
    severity: 'loss',
    why: 'CRIU makes a new, empty ring, and the kernel begins at its start: the program hears nothing until the kernel comes round to where it reads, and then old packets after new ones.',
    remedy: 'Start the program again after the switch',
    find: each(({ mappings }, { snapshot }) =>
      mappings
        .filter(({ path }) => snapshot.sockets.get(linkedInode(path, 'socket') ?? 0)?.family === 'packet')
        .map(({ start }) => `mapping ${start}`),
    ),
  },
  {
    id: 'netlink-group',
    looksFor: 'a netlink socket in a group above 32',
    severity: 'cannot',
    why: 'CRIU saves membership of the first 32 groups of a netlink family only, and refuses a socket that is in others.',
    remedy: 'Make the program close the socket (ip monitor and network managers open such)',
    find: eachSocket(({ protocol, settings }) =>
      protocol === 'NETLINK' && settings?.highGroup === true
        ? 'a netlink socket in a group above 32'
        : undefined,
    ),
  },
  {
    id: 'multicast',
    looksFor: 'a socket bound to a multicast address, where nobody can ask it for its groups',
    severity: 'loss',
    why: 'CRIU does not save to which multicast groups a socket belongs: the thawed program hears nothing of them.',
    remedy: 'Install perl-base and run as root; or restart the program after the switch',
    find: eachSocket(({ socket, settings }) =>
      settings === undefined && socket?.protocol === 'udp' && /^(2(2[4-9]|3\d)\.|\[ff)/.test(socket.local)
        ? `a UDP socket at ${socket.local}`
        : undefined,
    ),
  },
  {
    id: 'socket-options',
    looksFor: 'options and multicast groups of sockets, in a PID namespace of its own',
    severity: 'loss',
    why: 'CRIU does not save them, and ckpt cannot set them again where PIDs are other numbers.',
    remedy: 'Restart the program after the switch',
    find: eachSocket(({ file, socket, settings, process }) => {
      const options = settings?.options ?? [];
      if (options.length === 0 || process.task.namespacePids.length < 2) return undefined;
      const names = [...new Set(options.map(({ name }) => name))].join(', ');
      return `${names} of the socket ${socket?.local ?? `of fd ${file.fd}`}`;
    }),
  },
  {
    id: 'udp-corked',
    looksFor: 'a datagram that is not sent yet',
    severity: 'cannot',
    why: 'CRIU refuses a UDP socket that is corked (half a datagram written).',
    remedy: 'Check again; if it stays, make the program uncork',
    find: eachSocket(({ settings }) => (settings?.corked === true ? 'a corked UDP socket' : undefined)),
  },
  {
    id: 'udp-sending',
    looksFor: 'datagrams that wait to be sent, where nobody can ask more',
    severity: 'unknown',
    why: 'CRIU refuses a UDP socket that is corked (half a datagram written), and whether this one is could not be asked.',
    remedy: 'Install perl-base and run as root, and check again',
    find: eachSocket(({ socket, settings }) =>
      settings === undefined &&
      (socket?.protocol === 'udp' || socket?.protocol === 'udplite') &&
      socket.sendQueue > 0
        ? `${socket.local} with ${socket.sendQueue} bytes to send`
        : undefined,
    ),
  },
];
