/** How many bytes runs of pages take in their payload. Pure. */
import type { PageRun } from './memory.js';

/** Bytes in a page. Every architecture that the format models uses base pages of this size. */
const PAGE = 4096;

/** Bytes that a run of present pages takes in its payload. */
export function lengthOfRun(run: PageRun): number {
  return run.compressed === undefined ? run.count * PAGE : Number(run.compressed.length);
}
