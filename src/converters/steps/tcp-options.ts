/**
 * Options of TCP sockets: before 4.0 keep-alive times were among the options of any socket and cork and nodelay in the
 * connection's image; since then all are in a message of their own (criu/sk-tcp.c), which only holds those that are set.
 */
import type { Image, WireMessage } from '../../image-format/criu/image-set.js';
import { inner } from '../image-index.js';
import { mapRecords, type WireStep, withMessage, without } from './step.js';

const IPPROTO_TCP = 6;
const KEEP_ALIVE = [
  ['tcp_keepcnt', 'keepcnt'],
  ['tcp_keepidle', 'keepidle'],
  ['tcp_keepintvl', 'keepintvl'],
] as const;
const CONNECTION = ['cork', 'nodelay'] as const;

/** What is set, by the field names of the new message. */
type Options = Record<string, WireMessage[string]>;

export const tcpOptions: WireStep = {
  name: 'tcp-options',
  since: '4.0',
  together: ['files', 'tcp-stream'],

  up(images) {
    const connections = connectionOptions(images);
    const moved = mapRecords(images, ['files'], record => {
      const socket = tcpSocket(record.message);
      if (socket === undefined) return record;
      const options: Options = { ...connections.get(connectionFile(socket)) };
      const opts = inner(socket, 'opts') ?? {};
      for (const [old, name] of KEEP_ALIVE) if (opts[old] !== undefined) options[name] = opts[old];
      const isk = {
        ...socket,
        opts: without(opts, ...KEEP_ALIVE.map(([old]) => old)),
        tcp_opts: { ...options, ...inner(socket, 'tcp_opts') },
      };
      return withMessage(record, { ...record.message, isk });
    });
    return mapRecords(moved, ['tcp-stream'], record =>
      withMessage(record, without(record.message, ...CONNECTION)),
    );
  },

  down(images, lost) {
    const files = new Set(images.filter(({ kind }) => kind === 'tcp-stream').map(({ file }) => file));
    const connections = new Map<string, Options>();
    const moved = mapRecords(images, ['files'], (record, file) => {
      const socket = tcpSocket(record.message);
      const options = inner(socket, 'tcp_opts');
      if (socket === undefined || options === undefined) return record;
      const opts: Options = { ...inner(socket, 'opts') };
      for (const [old, name] of KEEP_ALIVE) if (options[name] !== undefined) opts[old] = options[name];
      const ofConnection = Object.fromEntries(
        CONNECTION.flatMap(name => (options[name] ? [[name, true]] : [])),
      );
      const connection = connectionFile(socket);
      if (files.has(connection)) connections.set(connection, ofConnection);
      else if (Object.keys(ofConnection).length > 0) {
        lost({
          field: 'tcp_opts_entry.nodelay',
          at: `${file}, socket ${socket.ino as number}`,
          severity: 'degrading',
          reason: 'CRIU before 4.0 keeps TCP_NODELAY and TCP_CORK of established connections only',
        });
      }
      return withMessage(record, { ...record.message, isk: { ...without(socket, 'tcp_opts'), opts } });
    });
    return mapRecords(moved, ['tcp-stream'], (record, file) => {
      const options = connections.get(file);
      return options === undefined ? record : withMessage(record, { ...record.message, ...options });
    });
  },
};

function tcpSocket(message: WireMessage): WireMessage | undefined {
  const socket = inner(message, 'isk');
  return socket?.proto === IPPROTO_TCP ? socket : undefined;
}

function connectionFile(socket: WireMessage): string {
  return `tcp-stream-${(socket.ino as number).toString(16)}.img`;
}

/** Cork and nodelay of each connection's image. */
function connectionOptions(images: readonly Image[]): ReadonlyMap<string, Options> {
  const found = new Map<string, Options>();
  for (const image of images) {
    if (image.kind !== 'tcp-stream' || image.form !== 'records') continue;
    const message = image.records[0]?.message ?? {};
    const options = CONNECTION.flatMap(name =>
      message[name] === undefined ? [] : [[name, message[name]] as const],
    );
    found.set(image.file, Object.fromEntries(options));
  }
  return found;
}
