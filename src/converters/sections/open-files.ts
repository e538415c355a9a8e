/** Open file descriptions: the files image, with the queues of sockets from images of their own. */
import type { ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';
import { lengthOf } from '../../image-format/criu/image-set.js';
import type { InetSocket, OpenFile, QueuedMessage, TcpConnection } from '../../image-format/neutral/index.js';
import { type ImageCollector, type ImageIndex, inner, many, numberOf } from '../image-index.js';
import { EMPTY, joinPayloads, type PayloadSink } from '../payloads.js';
import { fileKindByType, fileKinds } from '../shapes/files.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import { senderCredentials, tcpConnection } from '../shapes/sockets.js';
import type { LowerContext, Section } from './section.js';

export const openFiles: Section<'openFiles'> = {
  lift(images, { payloads }) {
    const queues = liftQueues(images, payloads);
    const files = images.records('files').flatMap(({ message }): OpenFile[] => {
      const file = liftFile(message);
      if (file === undefined) return [];
      const queue = queues.get(file.id);
      if (file.kind === 'unix-socket' && queue !== undefined) return [{ ...file, queue }];
      if (file.kind === 'inet-socket') return [{ ...file, ...liftTcp(file, images, payloads) }];
      return [file];
    });
    return { openFiles: files };
  },

  lower(tree, out, context) {
    const records = tree.openFiles.map(file => ({ message: lowerFile(file) }));
    if (records.length > 0)
      out.add(
        'files',
        '',
        records,
        tree.openFiles.map((_, index) => `/openFiles/${index}`),
      );
    lowerQueues(tree.openFiles, out, context);
    tree.openFiles.forEach((file, index) => {
      if (file.kind !== 'inet-socket' || file.tcp === undefined) return;
      out.add(
        'tcp-stream',
        file.inode.toString(16),
        [lowerTcp(file.tcp, context)],
        `/openFiles/${index}/tcp`,
      );
    });
  },
};

function liftFile(message: WireMessage): OpenFile | undefined {
  const kind = fileKindByType.get(message.type as number);
  if (kind === undefined) return undefined;
  const body = inner(message, fileKinds[kind].field);
  if (body === undefined) return undefined;
  return { id: `file-${message.id as number}`, kind, ...fileKinds[kind].rep.lift(body) } as OpenFile;
}

function lowerFile(file: OpenFile): WireMessage {
  const { type, field, rep } = fileKinds[file.kind];
  const id = numberOf(file.id);
  return { type, id, [field]: { id, ...(rep.lower(file) as WireMessage) } };
}

/** Messages that wait in sockets, by the socket they wait in. */
function liftQueues(images: ImageIndex, payloads: PayloadSink): Map<string, QueuedMessage[]> {
  const queues = new Map<string, QueuedMessage[]>();
  images.records('sk-queues').forEach(({ message, payload }, index) => {
    const socket = `file-${message.id_for as number}`;
    const ancillary = many(message, 'scm').map(scm => ({
      type: scm.type as number,
      ...(scm.rights === undefined
        ? undefined
        : { files: many<number>(scm, 'rights').map(id => `file-${id}`) }),
    }));
    const queued = {
      data: payloads.add(`message-${index}`, payload ?? EMPTY),
      ...(message.ucred === undefined
        ? undefined
        : { credentials: liftMessage(senderCredentials, message.ucred as WireMessage) }),
      ...(ancillary.length === 0 ? undefined : { ancillary }),
    };
    const queue = queues.get(socket);
    if (queue === undefined) queues.set(socket, [queued]);
    else queue.push(queued);
  });
  return queues;
}

function lowerQueues(files: readonly OpenFile[], out: ImageCollector, { resolve }: LowerContext): void {
  const sockets = files.flatMap((file, index) =>
    file.kind === 'unix-socket' && file.queue !== undefined ? [{ file, index, queue: file.queue }] : [],
  );
  // CRIU writes them as it meets the sockets, which is the order of their numbers; peers are written in another
  sockets.sort((a, b) => numberOf(a.file.id) - numberOf(b.file.id));
  const records = sockets.flatMap(({ file, queue }) =>
    queue.map(
      (queued): ImageRecord => ({
        message: {
          id_for: numberOf(file.id),
          length: queued.data.length,
          ...(queued.credentials === undefined
            ? undefined
            : { ucred: lowerMessage(senderCredentials, queued.credentials) }),
          ...(queued.ancillary === undefined ? undefined : { scm: queued.ancillary.map(lowerAncillary) }),
        },
        payload: resolve(queued.data),
      }),
    ),
  );
  const places = sockets.flatMap(({ index, queue }) => queue.map((_, i) => `/openFiles/${index}/queue/${i}`));
  if (records.length > 0) out.add('sk-queues', '', records, places);
}

function lowerAncillary(control: NonNullable<QueuedMessage['ancillary']>[number]): WireMessage {
  return {
    type: control.type,
    ...(control.files === undefined ? undefined : { rights: control.files.map(numberOf) }),
  };
}

/** The state of a connection, from the image that carries the socket's inode number. */
function liftTcp(socket: InetSocket, images: ImageIndex, payloads: PayloadSink): { tcp?: TcpConnection } {
  const record = images.records('tcp-stream', socket.inode.toString(16))[0];
  if (record === undefined) return {};
  const { message, payload = EMPTY } = record;
  const received = message.inq_len as number;
  const queues = payloads.add(`tcp-${socket.inode}`, payload);
  return {
    tcp: {
      ...liftMessage(tcpConnection, message),
      ...(received === 0 ? undefined : { receiveQueue: { ...queues, length: received } }),
      ...(lengthOf(payload) === received
        ? undefined
        : { sendQueue: { ...queues, at: queues.at + received, length: queues.length - received } }),
    },
  };
}

function lowerTcp(tcp: TcpConnection, { resolve }: LowerContext): ImageRecord {
  const queues = [tcp.receiveQueue, tcp.sendQueue].filter(queue => queue !== undefined);
  return {
    message: {
      inq_len: tcp.receiveQueue?.length ?? 0,
      outq_len: tcp.sendQueue?.length ?? 0,
      ...lowerMessage(tcpConnection, tcp),
    },
    payload: joinPayloads(resolve, queues),
  };
}
