import { run } from '../host/run.js';
import type { ThreadGroup } from '../image-format/bundle/manifest.js';

/** taskset takes one number at a time. */
const EACH = 'mask=$1; shift; for tid; do taskset --pid "$mask" "$tid" >/dev/null || exit; done';

/**
 * Lets rebuilt threads run on the processors again that they were bound to. They run on those of this ckpt before.
 * @returns what could not be done, a line each: this machine may have fewer processors
 */
export async function bindThreads(groups: readonly ThreadGroup[]): Promise<readonly string[]> {
  const outcomes = await Promise.all(
    groups.map(async ({ mask, tids }) => {
      const { status, stderr, startError } = await run('sh', ['-c', EACH, 'sh', mask, ...tids.map(String)]);
      return status === 0 ? [] : [startError ?? stderr.trim().split('\n')[0] ?? ''];
    }),
  );
  return outcomes.flat();
}
