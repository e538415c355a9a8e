/** Who may end a long work before its time, and hears how far it is, in bytes. */
export interface Watch {
  readonly abort?: AbortSignal;
  readonly onBytes?: (done: number, total: number) => void;
}

/** Waits for work, but no longer than until the signal: then it throws the signal's reason, and the work is on its own. */
export function unlessAborted<T>(work: Promise<T>, abort: AbortSignal | undefined): Promise<T> {
  if (abort === undefined) return work;
  const aborted = new Promise<never>((_, reject) => {
    if (abort.aborted) reject(abort.reason);
    abort.addEventListener('abort', () => reject(abort.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}
