import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Hold } from './hold.js';
import { readLogFile } from './log.js';
import type { CriuExit, CriuRun } from './start.js';

/** A CRIU at work on one tree, and the point at which it waits for us. */
export interface HeldRun {
  /** PID of the tree's root. */
  readonly root: number;
  readonly log: string;
  readonly hold: Hold;
  readonly run: CriuRun;
}

/**
 * Waits until every CRIU waits for us, and resolves to undefined; resolves to the run that ended before, if one did;
 * rejects with the signal's reason on an abort. There is no time limit: how long CRIU takes depends on the memory,
 * and it ends by itself.
 */
export async function untilAllHold<R extends HeldRun>(
  runs: readonly R[],
  abort: AbortSignal,
): Promise<{ readonly run: R; readonly exit: CriuExit } | undefined> {
  const aborted = new Promise<never>((_, reject) => {
    const give = (): void => reject(abort.reason);
    if (abort.aborted) give();
    abort.addEventListener('abort', give, { once: true });
  });
  const reached = Promise.all(runs.map(run => run.hold.reached)).then(() => undefined);
  const ended = runs.map(run => run.run.exit.then(exit => ({ run, exit })));
  return Promise.race([reached, aborted, ...ended]);
}

/** Lets every CRIU go on without its goal in place, so that each undoes what it did, and waits until they ended. */
export async function undoAll(runs: readonly HeldRun[]): Promise<void> {
  for (const run of runs) run.hold.abandon();
  await Promise.all(runs.map(run => run.run.exit));
}

/** What a failed run's log says, with the log itself moved to where a person finds it. */
export interface Diagnosis {
  readonly cause: string;
  readonly log: string;
  readonly excerpt: readonly string[];
}

/** Reads the cause out of the log and keeps the log as `<store>/.logs/<name>`. */
export async function diagnose(
  run: HeldRun,
  exit: CriuExit,
  store: string,
  name: string,
): Promise<Diagnosis> {
  const finding = await readLogFile(run.log);
  const log = await keepLog(run.log, join(store, '.logs', name));
  const cause = finding.cause ?? `CRIU ended with ${exit.status ?? exit.signal} and gave no reason`;
  return { cause, log, excerpt: finding.excerpt };
}

async function keepLog(log: string, kept: string): Promise<string> {
  await mkdir(dirname(kept), { recursive: true, mode: 0o700 });
  return rename(log, kept).then(
    () => kept,
    () => basename(log),
  );
}
