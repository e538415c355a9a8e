import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../errors.js';
import type { WorkOwner } from '../../image-format/bundle/store.js';

/** How long work that was given up may take to notice, ms. */
const GRACE = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that must not be cut in half: the signals that would end `ckpt` abort it in order instead, with the
 * signal's name as the reason. A second one changes nothing, as the work is already on its way to a safe end.
 */
export async function interruptible<T>(work: (abort: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // Each tree listens, and Node warns of a leak, on the terminal, where there are more than ten.
  setMaxListeners(0, controller.signal);
  const stop = (signal: NodeJS.Signals): void => controller.abort(signal);
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/**
 * Runs work that can be given up at any moment, but for something that it must take away first: it ends with `interrupted`.
 * @param what it is, as a failure names it
 */
export function untilInterrupted<T>(what: string, work: (abort: AbortSignal) => Promise<T>): Promise<T> {
  return interruptible(abort =>
    work(abort).catch((error: unknown) => {
      throw abort.aborted ? fail('interrupted', { what, signal: String(abort.reason) }) : error;
    }),
  );
}

/**
 * Waits for work that makes something in a folder, but no longer than until the signal: then what it has begun to make there
 * goes, and it is on its own.
 * @param owner who works there, as the names say of what is made
 */
export async function sweptIfInterrupted<T>(
  abort: AbortSignal,
  { folder, owner }: { readonly folder: string; readonly owner: WorkOwner },
  work: () => Promise<T>,
): Promise<T> {
  const [{ sweepOwn }, { unlessAborted }] = await Promise.all([
    import('../../checkpoint/store/sweep-store.js'),
    import('../../image-format/bundle/watch.js'),
  ]);
  const working = work();
  try {
    return await unlessAborted(working, abort);
  } finally {
    if (abort.aborted) {
      await sweepOwn(folder, owner);
      // What it was just about to make is made all the same; then it finds the rest gone, and gives up.
      await Promise.race([working.catch(() => {}), sleep(GRACE)]);
      await sweepOwn(folder, owner);
    }
  }
}
