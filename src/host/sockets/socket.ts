/** A socket as the machine's tables show it. Whoever holds it is known by the inode of its descriptors. */
export interface Socket {
  readonly inode: number;
  readonly family: 'unix' | 'inet' | 'inet6' | 'netlink' | 'packet' | 'other';
  /** `tcp`, `udp`, `udplite`, `raw`, `icmp`, `mptcp`, `sctp`; for unix `stream`, `datagram`, `seqpacket`; for netlink its family number; for others the kernel's name. */
  readonly protocol: string;
  readonly state: SocketState;
  /** `ADDRESS:PORT` as ss prints it, a unix path or `@abstract` name, '' for none. */
  readonly local: string;
  readonly remote: string;
  /** Inode of a unix socket's peer; 0 when it has none (yet, or any more); undefined when nobody said. */
  readonly peer?: number;
  /** Inodes of the clients that wait to be accepted on a unix socket; 0 for one that has closed since. */
  readonly waiting?: readonly number[];
  /** Inode of the file that a unix socket is bound to. */
  readonly fileInode?: number;
  /** Bytes (connections, for a listening socket) that wait to be read. */
  readonly receiveQueue: number;
  readonly sendQueue: number;
}

export type SocketState = 'listening' | 'established' | 'connecting' | 'closing' | 'unconnected';
