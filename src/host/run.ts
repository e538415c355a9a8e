import { execa } from 'execa';
import { fail } from '../errors.js';

/** How a child process ended. Nothing here is a failure in itself: the caller knows what a status means. */
export interface RunResult {
  /** Exit status; -1 where a signal ended it or it could not be started. */
  readonly status: number;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Why it could not be started (ENOENT, EACCES, …). */
  readonly startError: string | undefined;
  /** Wall time in milliseconds. */
  readonly milliseconds: number;
}

export interface RunOptions {
  /** What the caller waits for, as it stands in the message when the time is over ("criu check"). */
  readonly waitingFor?: string;
  /** Limit in milliseconds; the child is killed then. Default 30 s; 0 for none. */
  readonly limit?: number;
  /** In a session of its own, out of reach of the terminal's Ctrl-C. It is waited for all the same. */
  readonly detached?: boolean;
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly onStart?: (pid: number) => void;
  /** `throw` turns running over the limit into the failure `timed-out` (the default); `report` only sets `timedOut`. */
  readonly onLimit?: 'throw' | 'report';
  /** How much of each stream is kept, in bytes; more is cut off. Default 16 MiB. */
  readonly maxOutput?: number;
}

/**
 * Starts a program and waits for its end. Never throws for a non-zero status, a signal or a program that is not
 * there; throws `timed-out` where it took longer than the limit (see `onLimit`).
 */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const began = performance.now();
  const limit = options.limit ?? 30_000;
  const child = execa(file, args, {
    reject: false,
    timeout: limit,
    killSignal: 'SIGKILL',
    forceKillAfterDelay: false,
    detached: options.detached ?? false,
    // A detached child that outlives us must not be killed by our exit handler: CRIU ends or undoes by itself.
    cleanup: !(options.detached ?? false),
    stripFinalNewline: false,
    maxBuffer: options.maxOutput ?? 16 * 2 ** 20,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const result = await child;
  if (result.timedOut && (options.onLimit ?? 'throw') === 'throw') {
    throw fail('timed-out', { what: options.waitingFor ?? file, seconds: limit / 1000 });
  }
  return {
    status: result.exitCode ?? -1,
    signal: result.signal,
    stdout: result.stdout ?? '',
    stderr: result.stderr ?? '',
    timedOut: result.timedOut,
    startError: child.pid === undefined ? (result.code ?? 'unknown') : undefined,
    milliseconds: performance.now() - began,
  };
}
