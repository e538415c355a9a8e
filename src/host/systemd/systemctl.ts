import { type RunOptions, type RunResult, run } from '../run.js';
import { busPatience } from './bus-patience.js';

/** What systemctl is called for: how long it may take, ms, and whether it is a failure when it takes longer. */
const WAITS = {
  /** A name that may be that of a unit is looked for elsewhere when systemd says nothing. */
  maybe: { limit: 10_000, onLimit: 'report' },
  /** What systemd says decides; and while it reads its files again, it answers nobody. */
  answer: { limit: 300_000, onLimit: 'report' },
  /** A reload runs all generators again, and those of a large machine take their time. */
  reload: { limit: 300_000, onLimit: 'report' },
  /** What does not end is in nobody's way. */
  stop: { limit: 10_000, onLimit: 'report' },
  /** The guards of many bundles are raised one by one. */
  raise: { limit: 900_000, onLimit: 'report' },
  /** A unit of ours is started at each boot from now on, or no more; systemd reads all of them again for it. */
  enable: { limit: 120_000, onLimit: 'throw' },
} as const satisfies Record<string, RunOptions>;

/** In seconds, for what is said to people. */
export const RELOAD_SECONDS = WAITS.reload.limit / 1000;

/**
 * Runs systemctl with these words. Where it is missing or fails, its caller knows what that means (see `run`); throws
 * `timed-out` for `enable` alone.
 */
export function runSystemctl(wait: keyof typeof WAITS, words: readonly string[]): Promise<RunResult> {
  const how = WAITS[wait];
  return run('systemctl', words, {
    ...how,
    env: busPatience(how.limit),
    waitingFor: `systemctl ${words.join(' ')}`,
  });
}
