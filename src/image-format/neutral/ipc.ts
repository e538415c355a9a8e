/** Section: System V IPC objects and message queue limits of an IPC namespace. */
import { z } from 'zod';
import { payloadReference, reference, u32, u64 } from './scalars.js';

const owned = {
  key: u32.describe('IPC key (ftok(3)); 0 for a private object'),
  number: u32.describe('IPC identifier, as shmget(2) and its like gave it'),
  user: u32.describe('Owner'),
  group: u32.describe('Group of the owner'),
  creatorUser: u32.describe('Creator'),
  creatorGroup: u32.describe('Group of the creator'),
  mode: u32.describe('Mode bits'),
};

export const ipcSharedMemory = z
  .strictObject({
    ...owned,
    size: u64.describe('Size in bytes'),
    segment: reference('shared').optional().describe('Where the pages are'),
    contents: payloadReference.optional().describe('Contents, where they are not kept as pages'),
    hugePages: u32.optional().describe('SHM_HUGETLB page size flag'),
  })
  .describe('A shared memory segment (shmget(2))');

export const ipcMessageQueue = z
  .strictObject({
    ...owned,
    capacity: u32.describe('Most bytes in the queue'),
    messages: z
      .array(
        z
          .strictObject({
            type: u64.describe('Message type (mtype)'),
            size: u32.describe('Bytes of the message'),
            data: payloadReference.describe('The message, padded to a multiple of 8 bytes'),
          })
          .describe('A message'),
      )
      .describe('Messages, oldest first'),
  })
  .describe('A message queue (msgget(2))');

export const ipcSemaphores = z
  .strictObject({ ...owned, values: z.array(z.int().min(0).max(0xffff)).describe('Value of each semaphore') })
  .describe('A set of semaphores (semget(2))');

const counter = (what: string) => u32.describe(what);
export const ipcLimits = z
  .strictObject({
    semaphores: z.array(u32).optional().describe('kernel.sem: SEMMSL, SEMMNS, SEMOPM, SEMMNI'),
    messageSize: counter('kernel.msgmax, bytes'),
    queueSize: counter('kernel.msgmnb, bytes'),
    queues: counter('kernel.msgmni'),
    automaticQueues: counter('kernel.auto_msgmni'),
    segmentSize: u64.describe('kernel.shmmax, bytes'),
    segmentPages: u64.describe('kernel.shmall, pages'),
    segments: counter('kernel.shmmni'),
    removeForced: counter('kernel.shm_rmid_forced'),
    posixQueues: counter('fs.mqueue.queues_max'),
    posixMessages: counter('fs.mqueue.msg_max'),
    posixMessageSize: counter('fs.mqueue.msgsize_max, bytes'),
    posixMessagesDefault: u32.optional().describe('fs.mqueue.msg_default'),
    posixMessageSizeDefault: u32.optional().describe('fs.mqueue.msgsize_default, bytes'),
    nextQueue: u32.optional().describe('kernel.msg_next_id'),
    nextSemaphores: u32.optional().describe('kernel.sem_next_id'),
    nextSegment: u32.optional().describe('kernel.shm_next_id'),
  })
  .describe('Limits of an IPC namespace (sysctl)');
export type IpcLimits = z.infer<typeof ipcLimits>;
export type IpcSharedMemory = z.infer<typeof ipcSharedMemory>;
export type IpcMessageQueue = z.infer<typeof ipcMessageQueue>;
export type IpcSemaphores = z.infer<typeof ipcSemaphores>;
