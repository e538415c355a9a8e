import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Seconds. */
  readonly limit: number;
  /** What is waited for, to be read after "waited 30 s for". */
  readonly what: string;
  /** Seconds between two looks, 0.25 by default. */
  readonly every?: number;
}

/** Resolves with the first value of `look` that is neither undefined nor false. @throws when the limit is over */
export async function waitFor<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { limit, what, every = 0.25 }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + limit * 1000;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() >= deadline) throw new Error(`waited ${limit} s for ${what}`);
    await sleep(every * 1000);
  }
}

/** The result of `work`, or `onLimit()` thrown when it takes more than `limit` seconds. */
export async function within<T>(work: Promise<T>, limit: number, onLimit: () => Error): Promise<T> {
  const control = new AbortController();
  const alarm = sleep(limit * 1000, undefined, { signal: control.signal }).then(() => {
    throw onLimit();
  });
  alarm.catch(() => undefined);
  try {
    return await Promise.race([work, alarm]);
  } finally {
    control.abort();
  }
}
