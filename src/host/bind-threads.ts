import { run } from './run.js';

/** Threads, and the processors that they may run on: a hexadecimal mask. */
export interface BoundThreads {
  readonly mask: string;
  readonly tids: readonly number[];
}

/** taskset takes one number at a time. */
const EACH = 'mask=$1; shift; for tid; do taskset --pid "$mask" "$tid" >/dev/null || exit; done';

/** Processes stand still meanwhile; a millisecond for each thread is usual. */
const LIMIT_MS = 60_000;

/**
 * Lets rebuilt threads run on the processors again that they were bound to. They run on those of this ckpt before.
 * @returns what could not be done, a line each: this machine may have fewer processors
 */
export async function bindThreads(groups: readonly BoundThreads[]): Promise<readonly string[]> {
  const outcomes = await Promise.all(
    groups.map(async ({ mask, tids }) => {
      const words = ['-c', EACH, 'sh', mask, ...tids.map(String)];
      const ended = await run('sh', words, { limit: LIMIT_MS, onLimit: 'report' });
      if (ended.status === 0) return [];
      const late = ended.timedOut ? `taskset took more than ${LIMIT_MS / 1000} s` : undefined;
      return [ended.startError ?? late ?? ended.stderr.trim().split('\n')[0] ?? ''];
    }),
  );
  return outcomes.flat();
}
