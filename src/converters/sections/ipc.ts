/** IPC namespaces: objects with their contents, and limits. */
import type { ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';
import type {
  IpcMessageQueue,
  IpcSemaphores,
  IpcSharedMemory,
  NamespaceOf,
} from '../../image-format/neutral/index.js';
import { type ImageCollector, type ImageIndex, inner, numberOf } from '../image-index.js';
import { EMPTY, type PayloadSink } from '../payloads.js';
import * as shapes from '../shapes/ipc.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import type { LowerContext } from './section.js';

export const IPC_KINDS = ['ipcns-var', 'ipcns-shm', 'ipcns-msg', 'ipcns-sem'] as const;

type Ipc = NamespaceOf<'ipc'>;

/**
 * An IPC namespace from the images that have its number in their names; what lies in its segments and queues goes to the
 * payloads.
 */
export function liftIpc(id: string, images: ImageIndex, payloads: PayloadSink): Ipc {
  const limits = images.first('ipcns-var', id);
  const name = `ipc-${id}`;
  return {
    id: `namespace-${id}`,
    kind: 'ipc',
    ...(limits === undefined ? undefined : { limits: liftMessage(shapes.limits, limits) }),
    ...(images.has('ipcns-shm', id)
      ? { sharedMemory: liftSegments(images.records('ipcns-shm', id), name, payloads) }
      : undefined),
    ...(images.has('ipcns-msg', id)
      ? { messageQueues: liftQueues(images.records('ipcns-msg', id), name, payloads) }
      : undefined),
    ...(images.has('ipcns-sem', id)
      ? { semaphores: images.records('ipcns-sem', id).map(liftSemaphores) }
      : undefined),
  };
}

/** The images of an IPC namespace. `at` is its place in the document, for messages. */
export function lowerIpc(ipc: Ipc, at: string, out: ImageCollector, context: LowerContext): void {
  const id = numberOf(ipc.id);
  if (ipc.limits !== undefined)
    out.add('ipcns-var', id, [{ message: lowerMessage(shapes.limits, ipc.limits) }], `${at}/limits`);
  if (ipc.sharedMemory !== undefined) {
    out.add(
      'ipcns-shm',
      id,
      ipc.sharedMemory.map(segment => lowerSegment(segment, context)),
      at,
    );
  }
  if (ipc.messageQueues !== undefined) {
    out.add(
      'ipcns-msg',
      id,
      ipc.messageQueues.flatMap(queue => lowerQueue(queue, context)),
      at,
    );
  }
  if (ipc.semaphores !== undefined) out.add('ipcns-sem', id, ipc.semaphores.map(lowerSemaphores), at);
}

function ownedOf(message: WireMessage) {
  return liftMessage(shapes.owned, inner(message, 'desc') ?? {});
}

function liftSegments(
  records: readonly ImageRecord[],
  name: string,
  payloads: PayloadSink,
): IpcSharedMemory[] {
  return records.map(({ message, payload }) => {
    const own = ownedOf(message);
    const where =
      message.in_pagemaps === true
        ? { segment: `shared-${own.number}` }
        : { contents: payloads.add(`${name}-segment-${own.number}`, payload ?? EMPTY) };
    return { ...own, ...liftMessage(shapes.sharedMemory, message), ...where };
  });
}

function lowerSegment(segment: IpcSharedMemory, { resolve }: LowerContext): ImageRecord {
  const message = {
    desc: lowerMessage(shapes.owned, segment),
    ...lowerMessage(shapes.sharedMemory, segment),
    ...(segment.segment === undefined ? undefined : { in_pagemaps: true }),
  };
  return segment.contents === undefined ? { message } : { message, payload: resolve(segment.contents) };
}

/** Each queue is followed by its messages. */
function liftQueues(records: readonly ImageRecord[], name: string, payloads: PayloadSink): IpcMessageQueue[] {
  const queues: IpcMessageQueue[] = [];
  records.forEach(({ type, message, payload }, index) => {
    if (type !== 'ipc_msg') {
      queues.push({ ...ownedOf(message), ...liftMessage(shapes.messageQueue, message), messages: [] });
      return;
    }
    const data = payloads.add(`${name}-message-${index}`, payload ?? EMPTY);
    queues.at(-1)?.messages.push({ ...liftMessage(shapes.message, message), data });
  });
  return queues;
}

function lowerQueue(queue: IpcMessageQueue, { resolve }: LowerContext): ImageRecord[] {
  const message = {
    desc: lowerMessage(shapes.owned, queue),
    ...lowerMessage(shapes.messageQueue, queue),
    qnum: queue.messages.length,
  };
  return [
    { message },
    ...queue.messages.map(own => ({
      type: 'ipc_msg',
      message: lowerMessage(shapes.message, own),
      payload: resolve(own.data),
    })),
  ];
}

/** Values are 16 bits each, padded to a multiple of 8 bytes. */
function liftSemaphores({ message, payload }: ImageRecord): IpcSemaphores {
  const bytes = payload?.in === 'memory' ? Buffer.from(payload.bytes) : Buffer.alloc(0);
  const count = Math.min(message.nsems as number, bytes.length >>> 1);
  return { ...ownedOf(message), values: Array.from({ length: count }, (_, i) => bytes.readUInt16LE(i * 2)) };
}

function lowerSemaphores(set: IpcSemaphores): ImageRecord {
  const bytes = Buffer.alloc(Math.ceil((set.values.length * 2) / 8) * 8);
  set.values.forEach((value, i) => {
    bytes.writeUInt16LE(value, i * 2);
  });
  return {
    message: { desc: lowerMessage(shapes.owned, set), nsems: set.values.length },
    payload: { in: 'memory', bytes },
  };
}
