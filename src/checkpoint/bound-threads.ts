import type { BoundThreads } from '../host/bind-threads.js';
import { put } from '../lists.js';
import type { SeenTree } from './check/index.js';

/**
 * The threads of a tree that may not run on all processors that programs of this machine may use, by what they may run on:
 * CRIU does not save that. Pure. None of a tree in a PID namespace of its own, whose numbers are others here.
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
