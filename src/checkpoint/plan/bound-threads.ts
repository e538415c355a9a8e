import type { BoundThreads } from '../../host/bind-threads.js';
import { put } from '../../lists.js';
import type { SeenTree } from '../check/index.js';

/**
 * The threads of a tree that are bound to some of the processors (sched_setaffinity(2)), grouped by which ones. CRIU does
 * not save that. A tree in a PID namespace of its own has none: its thread IDs are other numbers here, and the thaw could
 * not name the threads. Pure.
 */
export function boundThreads({ members, processes }: SeenTree): readonly BoundThreads[] {
  const groups = new Map<string, number[]>();
  for (const pid of members) {
    const facts = processes.get(pid);
    if (facts === undefined || facts.usualProcessors === '' || facts.task.namespacePids.length > 1) continue;
    for (const { tid, processors } of facts.threads) {
      if (processors === '' || processors === facts.usualProcessors) continue;
      put(groups, processors.replaceAll(',', ''), tid);
    }
  }
  return [...groups].map(([mask, tids]) => ({ mask, tids }));
}
