/** What an open file or a mapping is, in a few words. Pure. */
import type { Mapping, OpenFile, OpenFileOf, Tree } from '../../image-format/neutral/index.js';

type Describers = { readonly [K in OpenFile['kind']]?: (file: OpenFileOf<K>) => string };

const DESCRIBERS: Describers = {
  regular: file => file.path,
  'inet-socket': file => {
    const end = (address: string | undefined, port: number): string => {
      const host = address?.includes(':') ? `[${address}]` : (address ?? '*');
      return `${host}:${port}`;
    };
    const peer = file.peerPort === 0 ? '' : ` to ${end(file.peerAddress, file.peerPort)}`;
    return `${file.protocol} socket ${end(file.localAddress, file.localPort)}${peer}`;
  },
  'unix-socket': file => `unix ${file.type} socket${file.name === undefined ? '' : ` ${nameOf(file.name)}`}`,
  'bpf-map': file => `BPF map ${file.name}`,
  tun: file => `TUN device ${file.device ?? ''}`.trimEnd(),
};

/** Kinds of open files that are sockets. */
const SOCKETS: ReadonlySet<string> = new Set([
  'inet-socket',
  'unix-socket',
  'netlink-socket',
  'packet-socket',
]);

export function isSocket(file: OpenFile | undefined): boolean {
  return file !== undefined && SOCKETS.has(file.kind);
}

/** What is open, in a few words for a person: the path of a file, both ends of a socket. */
export function describeFile(file: OpenFile | undefined): string {
  if (file === undefined) return 'an unknown file';
  const describe = DESCRIBERS[file.kind] as ((file: OpenFile) => string) | undefined;
  return describe?.(file) ?? file.kind.replace('-', ' ');
}

/** What is mapped, in a few words for a person, with its role (`heap`, `stack`) where it has one. */
export function describeMapping(mapping: Mapping, tree: Tree): string {
  const { backing } = mapping;
  const what =
    'file' in backing
      ? describeFile(tree.openFiles.find(({ id }) => id === backing.file))
      : 'object' in backing
        ? backing.object
        : `${mapping.sharing} memory`;
  return `${what}${mapping.role === undefined ? '' : ` (${mapping.role})`}`;
}

/** An abstract name begins with a zero byte, which people write as @. */
function nameOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8').replace(/\0+$/, '').replace(/^\0/, '@');
}
