import { PROC } from '../../host/proc/files.js';
import { readThread } from '../../host/proc/index.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { RESET_ON_FORK, schedulingPolicies } from '../../image-format/neutral/words/processes.js';

const { fifo, 'round-robin': roundRobin } = schedulingPolicies;
const UNSAVED: readonly unknown[] = [fifo, roundRobin].map(policy => `#${policy | RESET_ON_FORK}`);

/**
 * The tree with the priorities that CRIU before 4.0 leaves out: those of real-time threads with SCHED_RESET_ON_FORK
 * (criu/cr-dump.c, dump_sched_info). To be asked while the tree stands still. None of a tree in a PID namespace of its own,
 * whose numbers are others here: the thaw gives such a thread the normal policy, and says so.
 */
export function withPriorities(tree: Tree, proc = PROC): Tree {
  if (tree.root === 1) return tree;
  const lack = ({ policy, priority }: Tree['processes'][number]['threads'][number]): boolean =>
    priority === undefined && UNSAVED.includes(policy);
  if (!tree.processes.some(({ threads }) => threads.some(lack))) return tree;
  const processes = tree.processes.map(process => ({
    ...process,
    threads: process.threads.map(thread => {
      const priority = lack(thread) ? readThread(process.pid, thread.tid, proc)?.realTimePriority : undefined;
      return priority ? { ...thread, priority } : thread;
    }),
  }));
  return { ...tree, processes };
}
