/** Scheduling policies that do not come back. */
import { isBefore, type KernelStep, mapChanged } from './step.js';

/** SCHED_EXT came in 6.12. */
export const extensibleScheduling: KernelStep = {
  name: 'extensible-scheduling',
  apply(tree, { kernel, lost }) {
    if (!isBefore(kernel, [6, 12])) return tree;
    const processes = mapChanged(tree.processes, (process, index) => {
      const threads = mapChanged(process.threads, (thread, position) => {
        if (thread.policy !== 'ext') return thread;
        lost({
          field: 'threads.policy',
          at: `/processes/${index}/threads/${position}`,
          severity: 'degrading',
          reason: 'kernels before 6.12 have no SCHED_EXT: the thread runs under the normal policy',
        });
        return { ...thread, policy: 'other' as const };
      });
      return threads === process.threads ? process : { ...process, threads };
    });
    return processes === tree.processes ? tree : { ...tree, processes };
  },
};
