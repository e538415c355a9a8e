interface End {
  /** Without brackets. */
  readonly address: string;
  readonly port: number;
}

/** One TCP connection as this machine sees it. */
export interface Connection {
  readonly family: 'ip' | 'ip6';
  readonly local: End;
  readonly peer: End;
}

/** One whose program is frozen. */
export interface FrozenConnection extends Connection {
  /** Sequence number of the byte that the peer sends next, or sends again as long as nobody has acknowledged it. */
  readonly receiveSequence: number;
}
