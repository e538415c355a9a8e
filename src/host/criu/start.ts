import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { NamespaceKind } from '../proc/namespaces.js';
import { readStat } from '../proc/process.js';
import type { InheritedFile } from './arguments.js';
import { withinNamespaces } from './enter.js';
import { joiningJournal } from './journal.js';
import { withRoot } from './mounts.js';

/** How a CRIU run ended. `status` is undefined when a signal ended it. */
export interface CriuExit {
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

export interface CriuRun {
  readonly pid: number;
  /** When it was started, in ticks since the boot; 0 where it was not. */
  readonly startTime: number;
  readonly exit: Promise<CriuExit>;
}

const OFF = ['ignore', 'ignore', 'ignore'] as const;
const ATTACHED = ['inherit', 'inherit', 'ignore'] as const;

/** What CRIU is started for, and how it is kept alive in it. */
const KEPT_ALIVE = {
  /**
   * It writes its own code into the tasks, and one that it leaves in the middle of that runs into a breakpoint. So it hears
   * no signal that a terminal sends, or systemd to all of a session at once, nor is it ended when memory runs out. Node
   * has a child hear all signals again, so sh sees to it.
   */
  dump: { hears: `trap '' HUP INT QUIT TERM TSTP; exec "$@"`, oomScore: -1000 },
  /**
   * It blocks signals itself (criu/cr-restore.c, restore_root_task()). What it restores with the usual score keeps that of
   * CRIU (prepare_proc_misc()), which may come from a shell of a desktop.
   */
  restore: { hears: undefined, oomScore: 0 },
} as const;

/** The surroundings of a CRIU. */
export interface StartOptions {
  /** Whether it is out of reach of our terminal. */
  readonly ownSession: boolean;
  readonly action: keyof typeof KEPT_ALIVE;
  /** What it is to have open: streams whose other end is closed at once, /dev/null, and connections to the journal. */
  readonly inherited?: readonly InheritedFile[];
  /** What its lines are called in the journal. */
  readonly output?: string;
  /** An empty folder, where the machine's root file system is to be mounted for it alone. */
  readonly root?: string | undefined;
  /** A folder with programs that it calls in the place of the machine's. */
  readonly programs?: string | undefined;
  /** Whether it is to run in a new IPC namespace. */
  readonly ownIpc?: boolean;
  /** Namespaces of a process that it is to run in, and the script that it starts there. */
  readonly within?:
    | { readonly pid: number; readonly kinds: readonly NamespaceKind[]; readonly script: string }
    | undefined;
}

/**
 * Starts CRIU so that it outlives us: while it holds a tree, its death would leave tasks half restored, so neither a
 * Ctrl-C on our terminal (own session) nor our own end may reach it. A shell job is the exception: to hand the
 * terminal over CRIU must stay in its session.
 */
export function startCriu(criu: string, args: readonly string[], options: StartOptions): CriuRun {
  const { inherited = [] } = options;
  const [program = criu, ...words] = commandFor([criu, ...args], options);
  const nothing = openSync('/dev/null', 'r+');
  // libuv makes a 'pipe' of a child as a pair of unix stream sockets.
  const more = inherited
    .filter(one => one.leadsTo !== 'journal')
    .map(one => (one.leadsTo === 'nobody' ? ('pipe' as const) : nothing));
  const child = spawn(program, words, {
    detached: options.ownSession,
    stdio: [...(options.ownSession ? OFF : ATTACHED), ...more],
    env: ownEnvironment(options.programs),
  });
  closeSync(nothing);
  if (child.pid !== undefined) setOomScore(child.pid, KEPT_ALIVE[options.action].oomScore);
  for (const end of child.stdio.slice(3)) end?.destroy();
  const exit = new Promise<CriuExit>(resolve => {
    child.on('error', error => {
      if (child.pid === undefined) resolve({ status: undefined, signal: `not started (${error.message})` });
    });
    child.once('exit', (status, signal) =>
      resolve({ status: status ?? undefined, signal: signal ?? undefined }),
    );
  });
  const pid = child.pid ?? 0;
  return { pid, startTime: readStat(pid)?.startTime ?? 0, exit };
}

/** CRIU's command inside those that make its surroundings: each sets one of them up and becomes the next. */
function commandFor(plain: readonly string[], options: StartOptions): readonly string[] {
  const { inherited = [], output = 'ckpt', root, within, ownIpc = false, action } = options;
  const journal = inherited.filter(one => one.leadsTo === 'journal').map(one => one.descriptor);
  const { hears } = KEPT_ALIVE[action];
  const inside =
    within === undefined ? plain : withinNamespaces(within.pid, within.kinds, plain, within.script);
  const apart = ownIpc ? ['unshare', '--ipc', ...inside] : inside;
  const rooted = root === undefined ? apart : withRoot(root, apart);
  const joined = journal.length === 0 ? rooted : joiningJournal(journal, output, rooted);
  return hears === undefined ? joined : ['sh', '-c', hears, 'sh', ...joined];
}

/** proc_pid_oom_score_adj(5) */
function setOomScore(pid: number, score: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(score));
  } catch {
    // In a container not even root may.
  }
}

/** Without what names a file of options: one like `leave-running` would make something else of a freeze. */
function ownEnvironment(programs: string | undefined): NodeJS.ProcessEnv {
  const { CRIU_CONFIG_FILE: _, ...others } = process.env;
  return programs === undefined ? others : { ...others, PATH: `${programs}:${others.PATH ?? ''}` };
}
