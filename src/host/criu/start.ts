import { spawn } from 'node:child_process';
import type { InheritedSocket } from './arguments.js';
import { joiningJournal } from './journal.js';

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
 * terminal over CRIU must stay in its session.
 * @param options.inherited sockets that it is to have open: streams whose other end is closed at once, and connections
 *   to the journal, where lines are called `output`
 */
export function startCriu(
  criu: string,
  args: readonly string[],
  options: {
    readonly ownSession: boolean;
    readonly inherited?: readonly InheritedSocket[];
    readonly output?: string;
  },
): CriuRun {
  const { inherited = [], output = 'ckpt' } = options;
  // libuv makes a 'pipe' of a child as a pair of unix stream sockets.
  const closed = inherited.filter(one => one.leadsTo === 'nobody').map(() => 'pipe' as const);
  const journal = inherited.filter(one => one.leadsTo === 'journal').map(one => one.descriptor);
  const [program, ...words] =
    journal.length === 0 ? [criu, ...args] : joiningJournal(journal, output, [criu, ...args]);
  const child = spawn(program, words, {
    detached: options.ownSession,
    stdio: [...(options.ownSession ? OFF : ATTACHED), ...closed],
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
