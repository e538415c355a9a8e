import type { Socket, SocketState } from './socket.js';

/** TCP states of include/net/tcp_states.h, as /proc/net/tcp prints them. */
const TCP_STATES: Readonly<Record<string, SocketState>> = {
  '01': 'established',
  '02': 'connecting',
  '03': 'connecting',
  '04': 'closing',
  '05': 'closing',
  '06': 'closing',
  '07': 'unconnected',
  '08': 'closing',
  '09': 'closing',
  '0A': 'listening',
  '0B': 'closing',
  '0C': 'connecting',
};

/** The tables of /proc/net that share one layout (address, state, queues, inode). */
export type InetTable = 'tcp' | 'udp' | 'udplite' | 'raw' | 'icmp';

/** `/proc/net/tcp` and its like. Sockets without an inode (time-wait, not accepted yet) are left out. */
export function parseInetTable(
  protocol: InetTable,
  family: 'inet' | 'inet6',
  text: string,
): readonly Socket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap(line => {
      const cells = line.trim().split(/\s+/);
      const [, local = '', remote = '', state = '', queues = ''] = cells;
      const inode = Number(cells[9]);
      if (!Number.isInteger(inode) || inode === 0) return [];
      const [send = '0', receive = '0'] = queues.split(':');
      return [
        {
          inode,
          family,
          protocol,
          state: TCP_STATES[state] ?? 'unconnected',
          local: readAddress(local),
          remote: readAddress(remote),
          receiveQueue: Number.parseInt(receive, 16),
          sendQueue: Number.parseInt(send, 16),
        },
      ];
    });
}

/** What the kernel alone has of a TCP connection: no process has a descriptor of it. */
export interface Ownerless {
  /** half-open: its listener does not know of it yet. closed: its program has, and what it had written is not through. */
  readonly state: 'half-open' | 'closed';
  readonly local: string;
  readonly remote: string;
  /** Bytes that the peer has not acknowledged, without the FIN at their end; 0 for what is half open. */
  readonly unsent: number;
}

/** SYN_RECV; FIN_WAIT1, LAST_ACK and CLOSING, of which the inode is 0 (net/ipv4/tcp_ipv4.c, get_openreq4() and get_tcp4_sock()). */
const OWNERLESS = /^\s*\d+: (\S+) (\S+) (03|04|09|0B) ([0-9A-F]+):\S+ \S+ \S+\s+\d+\s+\d+ 0 /;

/** Of `/proc/net/tcp` and its like, what no process has: asked for, or left over with something unsent. */
export function parseOwnerless(text: string): readonly Ownerless[] {
  return text.split('\n').flatMap(line => {
    const [, local = '', remote = '', state = '', send = ''] = OWNERLESS.exec(line) ?? [];
    const halfOpen = state === '03';
    const unsent = halfOpen ? 0 : Number.parseInt(send, 16) - 1;
    if (state === '' || (!halfOpen && unsent <= 0)) return [];
    return [
      {
        state: halfOpen ? 'half-open' : 'closed',
        local: readAddress(local),
        remote: readAddress(remote),
        unsent,
      },
    ];
  });
}

/** `0100007F:1F90` → `127.0.0.1:8080`. Words are in host order (little-endian on all that CRIU runs on but s390). */
export function readAddress(text: string): string {
  const [words = '', port = ''] = text.split(':');
  const bytes = (words.match(/.{8}/g) ?? []).flatMap(word =>
    (word.match(/../g) ?? []).reverse().map(byte => Number.parseInt(byte, 16)),
  );
  const portNumber = Number.parseInt(port, 16);
  return `${bytes.length === 4 ? bytes.join('.') : `[${ipv6(bytes)}]`}:${portNumber}`;
}

/** IPv4-mapped addresses come out as IPv4: a v6 socket talks to a v4 one by them. */
function ipv6(bytes: readonly number[]): string {
  if (bytes.slice(0, 10).every(b => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff)
    return `::ffff:${bytes.slice(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const text = groups.map(group => group.toString(16)).join(':');
  const zeros = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length)[0];
  if (zeros === undefined) return text;
  const before = text.slice(0, zeros.index);
  const after = text.slice(zeros.index + zeros[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}

/** SOCK_* of bits/socket_type.h. */
const UNIX_TYPES: Readonly<Record<string, string>> = {
  '0001': 'stream',
  '0002': 'datagram',
  '0005': 'seqpacket',
};
/** __SO_ACCEPTCON in the flags of a listening socket. */
const ACCEPTS = 0x10000;

/** `/proc/net/unix`: names and states, but no peers. Sockets waiting to be accepted have inode 0 and are left out. */
export function parseUnixTable(text: string): readonly Socket[] {
  return text.split('\n').flatMap(line => {
    const match = /^\S+: \S+ \S+ (\S+) (\S+) (\S+)\s+(\d+)(?: (.*))?$/.exec(line);
    if (match === null || match[4] === '0') return [];
    const [, flags = '', type = '', state = '', inode = '', name = ''] = match;
    const accepts = (Number.parseInt(flags, 16) & ACCEPTS) !== 0;
    return [
      {
        inode: Number(inode),
        family: 'unix' as const,
        protocol: UNIX_TYPES[type] ?? type,
        // SS_CONNECTED is 3 (linux/net.h).
        state: accepts ? ('listening' as const) : state === '03' ? ('established' as const) : 'unconnected',
        local: name,
        remote: '',
        receiveQueue: 0,
        sendQueue: 0,
      },
    ];
  });
}

/** `/proc/net/netlink`: columns sk, Eth (the netlink family), Pid, Groups … Inode. */
export function parseNetlinkTable(text: string): readonly Socket[] {
  return rows(text).map(cell => ({
    inode: Number(cell('Inode')),
    family: 'netlink' as const,
    protocol: cell('Eth'),
    state: 'unconnected' as const,
    local: cell('Pid'),
    remote: '',
    receiveQueue: Number(cell('Rmem')) || 0,
    sendQueue: 0,
  }));
}

/** `/proc/net/packet`: raw frames from an interface. */
export function parsePacketTable(text: string): readonly Socket[] {
  return rows(text).map(cell => ({
    inode: Number(cell('Inode')),
    family: 'packet' as const,
    protocol: cell('Proto'),
    state: 'unconnected' as const,
    local: cell('Iface'),
    remote: '',
    receiveQueue: Number(cell('Rmem')) || 0,
    sendQueue: 0,
  }));
}

function rows(text: string): readonly ((column: string) => string)[] {
  const [heading = '', ...lines] = text.split('\n');
  const columns = heading.trim().split(/\s+/);
  return lines
    .filter(line => line.trim() !== '')
    .map(line => {
      const cells = line.trim().split(/\s+/);
      return column => cells[columns.indexOf(column)] ?? '';
    });
}
