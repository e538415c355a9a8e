import { spawn } from 'node:child_process';

/** How a CRIU run ended. `status` is undefined when a signal ended it. */
export interface CriuExit {
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

export interface CriuRun {
  readonly pid: number;
  readonly exit: Promise<CriuExit>;
}

const OFF = ['ignore', 'ignore', 'ignore'] as const;
const ATTACHED = ['inherit', 'inherit', 'ignore'] as const;

/**
 * Starts CRIU so that it outlives us: while it holds a tree, its death would leave tasks half restored, so neither a
 * Ctrl-C on our terminal (own session) nor our own end may reach it. A shell job is the exception: to hand the
 * terminal over CRIU must stay in its session. From descriptor 3 on it gets as many stream sockets as asked for, whose
 * other ends are closed at once.
 */
export function startCriu(
  criu: string,
  args: readonly string[],
  options: { readonly ownSession: boolean; readonly closedSockets?: number },
): CriuRun {
  // libuv makes a 'pipe' of a child as a pair of unix stream sockets.
  const sockets = Array.from({ length: options.closedSockets ?? 0 }, () => 'pipe' as const);
  const child = spawn(criu, args, {
    detached: options.ownSession,
    stdio: [...(options.ownSession ? OFF : ATTACHED), ...sockets],
  });
  for (const end of child.stdio.slice(3)) end?.destroy();
  const exit = new Promise<CriuExit>(resolve => {
    child.on('error', error => {
      if (child.pid === undefined) resolve({ status: undefined, signal: `not started (${error.message})` });
    });
    child.once('exit', (status, signal) =>
      resolve({ status: status ?? undefined, signal: signal ?? undefined }),
    );
  });
  return { pid: child.pid ?? 0, exit };
}
