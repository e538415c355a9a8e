/** No schemas here. */
import type { Process } from './processes.js';

/** Whether a process had ended and only its status waits for its parent: it has no threads, memory or files. */
export function hasEnded({ state }: Pick<Process, 'state'>): boolean {
  return state === 'dead' || state === 'zombie';
}
