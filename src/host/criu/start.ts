import { execa } from 'execa';

/** How a CRIU run ended. `status` is undefined when a signal ended it. */
export interface CriuExit {
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

export interface CriuRun {
  readonly pid: number;
  readonly exit: Promise<CriuExit>;
}

/**
 * Starts CRIU so that it outlives us: while it holds a tree, its death would leave tasks half restored, so neither a
 * Ctrl-C on our terminal (own session) nor our own end may reach it. A shell job is the exception: to hand the
 * terminal over CRIU must stay in its session.
 */
export function startCriu(
  criu: string,
  args: readonly string[],
  options: { readonly ownSession: boolean },
): CriuRun {
  const child = execa(criu, args, {
    detached: options.ownSession,
    cleanup: false,
    stdio: options.ownSession ? 'ignore' : ['inherit', 'inherit', 'ignore'],
    reject: false,
  });
  const exit = child.then(result => ({
    status: result.exitCode,
    signal:
      result.signal ?? (result.exitCode === undefined ? (result.shortMessage ?? 'not started') : undefined),
  }));
  return { pid: child.pid ?? 0, exit };
}
