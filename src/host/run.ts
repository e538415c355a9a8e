import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
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
}

export interface RunOptions {
  /** What the caller waits for, as it stands in the message when the time is over ("criu check"). */
  readonly waitingFor?: string;
  /** Limit in milliseconds; the child is killed then. Default `USUAL_LIMIT`; 0 for none. */
  readonly limit?: number;
  /** In a session of its own, out of reach of the terminal's Ctrl-C. It is waited for all the same. */
  readonly detached?: boolean;
  /** Beside what is in the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** `throw` turns running over the limit into the failure `timed-out` (the default); `report` only sets `timedOut`. */
  readonly onLimit?: 'throw' | 'report';
  /** How much of each stream is kept, in bytes; more is cut off. Default 16 MiB. */
  readonly maxOutput?: number;
}

/**
 * What needs a moment can take a minute in a boot that reads all it needs from a slow disk, ms: a limit is for what hangs, and
 * must not end a thaw that would have gone well.
 */
const USUAL_LIMIT = 120_000;

/**
 * Starts a program and waits for its end. Never throws for a non-zero status, a signal or a program that is not
 * there; throws `timed-out` where it took longer than the limit (see `onLimit`).
 */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const limit = options.limit ?? USUAL_LIMIT;
  const ended = await ending(file, args, options, limit);
  if (ended.timedOut && (options.onLimit ?? 'throw') === 'throw') {
    throw fail('timed-out', { what: options.waitingFor ?? file, seconds: limit / 1000 });
  }
  return ended;
}

/** Ends of the programs that must not outlive this one. */
const toEnd = new Set<() => void>();

/** One listener for all: Node warns of a leak, on the terminal, where there are more than ten. */
function endWithUs(kill: () => void): void {
  if (toEnd.size === 0) process.once('exit', endAll);
  toEnd.add(kill);
}

function outlived(kill: () => void): void {
  if (toEnd.delete(kill) && toEnd.size === 0) process.off('exit', endAll);
}

function endAll(): void {
  for (const kill of toEnd) kill();
}

/** Node's own spawn: every `ckpt` starts a program or two, and loading execa takes longer than they do. */
function ending(
  file: string,
  args: readonly string[],
  options: RunOptions,
  limit: number,
): Promise<RunResult> {
  const { env, input, detached = false, maxOutput = 16 * 2 ** 20 } = options;
  const child = spawn(file, args, {
    detached,
    ...(env && { env: { ...process.env, ...env } }),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // A child that ended, or closed its input, before it read all of it says so by its status.
  child.stdin?.on('error', () => {}).end(input);
  const kill = (): boolean => child.kill('SIGKILL');
  // A detached child that outlives us must not be killed by our exit handler: CRIU ends or undoes by itself.
  if (!detached) endWithUs(kill);
  let timedOut = false;
  const timer =
    limit === 0
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          kill();
        }, limit);
  const stdout = collect(child.stdout, maxOutput);
  const stderr = collect(child.stderr, maxOutput);
  return new Promise(resolve => {
    const end = (status: number | null, signal: string | null, startError?: string): void => {
      clearTimeout(timer);
      outlived(kill);
      resolve({
        status: status ?? -1,
        signal: signal ?? undefined,
        stdout: stdout(),
        stderr: stderr(),
        timedOut,
        startError,
      });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) end(null, null, error.code ?? 'unknown');
    });
    child.once('close', (status, signal) => end(status, signal));
  });
}

/** Keeps the first `most` bytes of a stream and reads the rest away. */
function collect(stream: Readable | null, most: number): () => string {
  const parts: Buffer[] = [];
  let length = 0;
  stream?.on('data', (data: Buffer) => {
    const part = data.subarray(0, most - length);
    length += part.length;
    if (part.length > 0) parts.push(part);
  });
  return () => Buffer.concat(parts).toString('utf8');
}
