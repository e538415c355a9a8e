/** Scheduling policies that do not come back, on whatever kernel. */
import type { Thread, Tree } from '../../image-format/neutral/index.js';
import { RESET_ON_FORK, schedulingPolicies } from '../../image-format/neutral/words/processes.js';
import { named } from '../shapes/reps.js';
import type { Lost } from '../steps/step.js';
import { type KernelStep, mapChanged } from './step.js';

const policies = named(schedulingPolicies);

/**
 * No CRIU takes SCHED_EXT or SCHED_DEADLINE in an image, nor SCHED_FIFO and SCHED_RR without a priority, which CRIU before 4.0
 * leaves out for threads with SCHED_RESET_ON_FORK (criu/cr-restore.c, validate_sched_parm; criu/cr-dump.c, dump_sched_info).
 */
const LOST: readonly { readonly policy: number; readonly what: string; lost(thread: Thread): boolean }[] = [
  {
    policy: schedulingPolicies.deadline,
    what: 'CRIU did not save the parameters of SCHED_DEADLINE',
    lost: () => true,
  },
  { policy: schedulingPolicies.ext, what: 'no CRIU restores SCHED_EXT', lost: () => true },
  ...[schedulingPolicies.fifo, schedulingPolicies['round-robin']].map(policy => ({
    policy,
    what: 'CRIU did not save the priority of the thread',
    lost: ({ priority = 0 }: Thread) => priority === 0,
  })),
];

/** A tree whose threads have policies that CRIU restores: others run on under the normal one, which everybody may have. */
export function withRestorablePolicies(tree: Tree, lost: Lost): Tree {
  const processes = mapChanged(tree.processes, (process, index) => {
    const threads = mapChanged(process.threads, (thread, position) => {
      const policy = policies.lower(thread.policy ?? 'other') as number;
      const row = LOST.find(one => one.policy === (policy & ~RESET_ON_FORK) && one.lost(thread));
      if (row === undefined) return thread;
      lost({
        field: 'threads.policy',
        at: `/processes/${index}/threads/${position}`,
        severity: 'degrading',
        reason: `${row.what}: the thread runs under the normal policy`,
      });
      return { ...thread, policy: policies.lift(schedulingPolicies.other | (policy & RESET_ON_FORK)) };
    });
    return threads === process.threads ? process : { ...process, threads };
  });
  return processes === tree.processes ? tree : { ...tree, processes };
}

export const schedulingPolicy: KernelStep = {
  name: 'scheduling-policy',
  apply: (tree, { lost }) => withRestorablePolicies(tree, lost),
};
