/** Shapes of System V IPC objects. */
import type {
  IpcLimits,
  IpcMessageQueue,
  IpcSemaphores,
  IpcSharedMemory,
} from '../../image-format/neutral/index.js';
import { decimal, list, number } from './reps.js';
import { shape } from './shape.js';

type Owned = Pick<
  IpcSemaphores,
  'key' | 'number' | 'user' | 'group' | 'creatorUser' | 'creatorGroup' | 'mode'
>;

/** `ipc_desc_entry`, which every IPC object has. */
export const owned = shape<Owned>('ipc_desc_entry', {
  key: ['key', number],
  uid: ['user', number],
  gid: ['group', number],
  cuid: ['creatorUser', number],
  cgid: ['creatorGroup', number],
  mode: ['mode', number],
  id: ['number', number],
});

export const sharedMemory = shape<IpcSharedMemory>('ipc_shm_entry', {
  size: ['size', decimal],
  hugetlb_flag: ['hugePages', number],
});

export const messageQueue = shape<IpcMessageQueue>('ipc_msg_entry', { qbytes: ['capacity', number] });

export const message = shape<IpcMessageQueue['messages'][number]>('ipc_msg', {
  mtype: ['type', decimal],
  msize: ['size', number],
});

export const limits = shape<IpcLimits>('ipc_var_entry', {
  sem_ctls: ['semaphores', list(number)],
  msg_ctlmax: ['messageSize', number],
  msg_ctlmnb: ['queueSize', number],
  msg_ctlmni: ['queues', number],
  auto_msgmni: ['automaticQueues', number],
  shm_ctlmax: ['segmentSize', decimal],
  shm_ctlall: ['segmentPages', decimal],
  shm_ctlmni: ['segments', number],
  shm_rmid_forced: ['removeForced', number],
  mq_queues_max: ['posixQueues', number],
  mq_msg_max: ['posixMessages', number],
  mq_msgsize_max: ['posixMessageSize', number],
  mq_msg_default: ['posixMessagesDefault', number],
  mq_msgsize_default: ['posixMessageSizeDefault', number],
  msg_next_id: ['nextQueue', number],
  sem_next_id: ['nextSemaphores', number],
  shm_next_id: ['nextSegment', number],
});
