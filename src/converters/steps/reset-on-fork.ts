/**
 * CRIU before 4.0 takes SCHED_RESET_ON_FORK, a bit beside the policy, for a policy that it does not know, and refuses the
 * image (criu/cr-restore.c, validate_sched_parm).
 */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import { RESET_ON_FORK, schedulingPolicies } from '../../image-format/neutral/words/processes.js';
import { inner } from '../image-index.js';
import { mapRecords, type WireStep, withMessage } from './step.js';

const REALTIME: readonly number[] = [schedulingPolicies.fifo, schedulingPolicies['round-robin']];

export const resetOnFork: WireStep = {
  name: 'reset-on-fork',
  since: '4.0',
  together: [],

  up: images => images,

  down: (images, lost) =>
    mapRecords(images, ['core'], (record, file) => {
      const message = withoutReset(record.message);
      if (message === record.message) return record;
      const realtime = REALTIME.includes(inner(message, 'thread_core')?.sched_policy as number);
      lost({
        field: 'thread_core_entry.sched_policy',
        at: file,
        severity: realtime ? 'degrading' : 'harmless',
        reason: realtime
          ? 'CRIU before 4.0 does not know SCHED_RESET_ON_FORK: children of the thread keep its real-time policy'
          : 'CRIU before 4.0 does not know SCHED_RESET_ON_FORK: children of the thread keep its policy and nice value',
      });
      return withMessage(record, message);
    }),
};

/** A core entry whose thread has a plain policy; the same object where it has one. */
export function withoutReset(core: WireMessage): WireMessage {
  const thread = inner(core, 'thread_core');
  const policy = Number(thread?.sched_policy ?? 0);
  if ((policy & RESET_ON_FORK) === 0) return core;
  return { ...core, thread_core: { ...thread, sched_policy: policy & ~RESET_ON_FORK } };
}
