/** How many bytes runs of pages take in their payload. Pure. */
import { PAGE } from '../page.js';
import type { PageRun } from './memory.js';

/** Bytes that a run of present pages takes in its payload. */
export function lengthOfRun(run: PageRun): number {
  return run.compressed === undefined ? run.count * PAGE : Number(run.compressed.length);
}
