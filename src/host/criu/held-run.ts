import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type CkptError, type Facts, type FailureCode, fail } from '../../errors.js';
import type { Hold } from './hold.js';
import { type LogFinding, type LogOrigin, readLogFile } from './log.js';
import { endHung, endOrStall, stalled, UNDO_PATIENCE } from './stall.js';
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
 * rejects with the signal's reason on an abort, and with `criu-hung` when one does nothing at all for `patience` ms.
 * There is no time limit otherwise: how long CRIU takes depends on the memory.
 */
export async function untilAllHold<R extends HeldRun>(
  runs: readonly R[],
  abort: AbortSignal,
  patience: number,
): Promise<{ readonly run: R; readonly exit: CriuExit } | undefined> {
  const aborted = new Promise<never>((_, reject) => {
    const give = (): void => reject(abort.reason);
    if (abort.aborted) give();
    abort.addEventListener('abort', give, { once: true });
  });
  const reached = Promise.all(runs.map(run => run.hold.reached)).then(() => undefined);
  const ended = runs.map(run => run.run.exit.then(exit => ({ run, exit })));
  const over = new AbortController();
  const hung = runs.map(async ({ root, run, hold }) => {
    // One that waits for us does nothing, as it should.
    await Promise.race([
      stalled(run.pid, patience, over.signal),
      hold.reached.then(() => new Promise(() => {})),
    ]);
    throw fail('criu-hung', { pid: root, seconds: Math.round(patience / 1000) });
  });
  try {
    return await Promise.race([reached, aborted, ...ended, ...hung]);
  } finally {
    over.abort();
  }
}

/** The first that has ended already. */
export async function firstEnded<R extends Pick<HeldRun, 'run'>>(
  runs: readonly R[],
): Promise<{ readonly run: R; readonly exit: CriuExit } | undefined> {
  for (const run of runs) {
    const exit = await Promise.race([run.run.exit, undefined]);
    if (exit !== undefined) return { run, exit };
  }
  return undefined;
}

/** What is done around the end of a CRIU that does not undo its work itself. */
export interface Aftercare<R> {
  /** Ends one that hangs. */
  end(run: R): Promise<void>;
  /** For one that a signal has ended. */
  killed(run: R): Promise<void>;
}

const ENDING: Aftercare<Pick<HeldRun, 'run'>> = {
  end: async ({ run }) => {
    endHung(run);
    await run.exit;
  },
  killed: async () => {},
};

/**
 * Lets every CRIU go on without its goal in place, so that each undoes what it did, and waits until they ended. One
 * that does nothing any more is ended. Throws what went wrong with the first for which something did, when all have ended: who takes
 * away what they work with does so then.
 */
export async function undoAll<R extends Pick<HeldRun, 'hold' | 'run'>>(
  runs: readonly R[],
  patience: number,
  care: Aftercare<R> = ENDING,
): Promise<void> {
  for (const run of runs) run.hold.refuse();
  const undone = await Promise.allSettled(
    runs.map(async one => {
      const exit = await endOrStall(one.run, Math.min(patience, UNDO_PATIENCE));
      if (exit === undefined) await care.end(one);
      else if (exit.status === undefined) await care.killed(one);
    }),
  );
  for (const one of undone) if (one.status === 'rejected') throw one.reason;
}

/** What a failed run's log says, with the log itself moved to where a person finds it. */
export interface Diagnosis extends LogFinding {
  /** How it ended, to go behind "it ended". */
  readonly how: string;
  readonly log: string;
}

/** Reads the cause out of the log and keeps the log as `<store>/.logs/<name>`. */
export async function diagnose(
  run: HeldRun,
  exit: CriuExit,
  origin: LogOrigin,
  kept: { readonly store: string; readonly name: string },
): Promise<Diagnosis> {
  const finding = await readLogFile(run.log, origin);
  const log = await keepLog(run.log, kept.store, kept.name);
  const how = exit.status === undefined ? `by ${exit.signal}` : `with status ${exit.status}`;
  return { ...finding, how, log };
}

const KILLED = 'by SIGKILL';

/** The codes of a run whose log no rule knows. */
interface Otherwise {
  /** It says something. */
  readonly unknown: FailureCode;
  /** It says nothing. */
  readonly silent: FailureCode;
  /** Somebody ended it; what it says is not why. */
  readonly killed: FailureCode;
}

/**
 * The failure that a diagnosis makes: the code of the rule that knows it, or one of the others. `names` are the
 * programs of the tree by PID.
 */
export function failureOf(
  found: Diagnosis,
  run: HeldRun,
  names: ReadonlyMap<number, string>,
  otherwise: Otherwise,
  more: Facts,
): CkptError {
  const { line, how, log, excerpt, known } = found;
  const pid = found.pid !== undefined && names.has(found.pid) ? found.pid : run.root;
  const facts = {
    ...more,
    ...known?.facts,
    pid,
    name: names.get(pid) ?? 'unknown',
    root: run.root,
    log,
    logFile: log,
  };
  if (how === KILLED) return fail(otherwise.killed, { ...facts, pid: run.root }, { log: excerpt });
  if (line === undefined) return fail(otherwise.silent, { ...facts, pid: run.root, how }, { log: excerpt });
  if (known === undefined)
    return fail(otherwise.unknown, { ...facts, pid: run.root, cause: line }, { log: excerpt });
  return fail(known.code, { ...facts, line }, { log: excerpt });
}

/** Moves a log to `<store>/.logs/<name>`, and says where it is. */
export async function keepLog(log: string, store: string, name: string): Promise<string> {
  const kept = join(store, '.logs', name);
  try {
    await mkdir(dirname(kept), { recursive: true, mode: 0o700 });
    await rename(log, kept);
    return kept;
  } catch {
    return basename(log);
  }
}
