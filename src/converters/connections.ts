import type { Tree } from '../image-format/neutral/index.js';
import { mappedIpv4 } from './shapes/addresses.js';

/** An established TCP connection, as the frozen machine saw it. */
export interface FrozenConnection {
  readonly family: 'ip' | 'ip6';
  readonly local: { readonly address: string; readonly port: number };
  readonly peer: { readonly address: string; readonly port: number };
  /** Sequence number of the byte that the peer sends next, or sends again. */
  readonly receiveSequence: number;
}

type InetSocket = Extract<Tree['openFiles'][number], { kind: 'inet-socket' }>;

/** The TCP connections of frozen trees whose peers may send while nobody is there to answer. Pure. */
export function frozenConnections(trees: readonly Tree[]): readonly FrozenConnection[] {
  return trees.flatMap(tree =>
    tree.openFiles.flatMap(file => (file.kind === 'inet-socket' ? connection(file) : [])),
  );
}

/** An IPv6 socket with an IPv4 peer exchanges IPv4 packets. */
function connection(socket: InetSocket): FrozenConnection[] {
  const { localAddress, peerAddress, tcp } = socket;
  if (localAddress === undefined || peerAddress === undefined || tcp === undefined) return [];
  const bare = (address: string): string => mappedIpv4(address) ?? address;
  return [
    {
      family: bare(peerAddress).includes(':') ? 'ip6' : 'ip',
      local: { address: bare(localAddress), port: socket.localPort },
      peer: { address: bare(peerAddress), port: socket.peerPort },
      receiveSequence: tcp.receiveSequence,
    },
  ];
}
