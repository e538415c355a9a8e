import type { FrozenConnection } from '../connection.js';
import type { Tree } from '../image-format/neutral/index.js';
import { mappedIpv4 } from './shapes/addresses.js';

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
