import { each, type ProcessFacts, type Rule, type TreeFacts } from '../rule.js';

/** As a process that runs one is called (comm). */
const SHELLS = new Set(['bash', 'zsh', 'dash', 'sh', 'fish', 'ksh', 'ksh93', 'mksh', 'ash', 'tcsh', 'csh']);
/** As the first 32 signals are counted in `ignoredSignals`. */
const SIGTTOU = 1 << 21;

/**
 * What stays without its terminal: the kernel gives one to the leader of a session, and to nobody else but by fork, and CRIU
 * forks all of a session before it opens terminals (criu/tty.c; drivers/tty/tty_jobctrl.c, tiocsctty()). Seen with CRIU 4.2.1.
 */
export const terminalRules: readonly Rule[] = [
  {
    id: 'shell-within-shell',
    looksFor: 'a shell with job control that another shell in the same terminal has started (su, bash)',
    severity: 'loss',
    why: 'CRIU gives the terminal back to the first shell only: after the thaw this one cannot bring a program to the foreground any more, and Ctrl-C and Ctrl-Z do not reach what it starts.',
    remedy: 'Leave it (exit) and start it again, before the freeze or after the thaw',
    find: each((process, facts) =>
      staysWithoutTerminal(process, facts) && isInteractiveShell(process) ? [process.task.name] : [],
    ),
  },
  {
    id: 'terminal-by-its-leader',
    looksFor: 'a program in a terminal, below the shell that leads its session',
    severity: 'note',
    why: 'It goes on reading and writing there, but can no longer open /dev/tty, as some do to ask for a password. What its shell starts later can.',
    remedy: '',
    find: each((process, facts) =>
      staysWithoutTerminal(process, facts) && !isInteractiveShell(process) ? [process.task.name] : [],
    ),
  },
];

/** Where the leader is not in the tree (--shell-job) all of it inherit the terminal of the thaw. */
function staysWithoutTerminal({ task }: ProcessFacts, { members }: TreeFacts): boolean {
  return task.terminal !== 0 && task.session !== task.pid && members.includes(task.session);
}

/** One that moves programs to the foreground must not be stopped for writing to the terminal itself. */
function isInteractiveShell({ task }: ProcessFacts): boolean {
  return SHELLS.has(task.name) && (task.ignoredSignals & SIGTTOU) !== 0;
}
