/** The one-line `/proc/PID/stat`, as far as a checkpoint needs it. Field numbers are those of proc_pid_stat(5). */
export interface Stat {
  readonly pid: number;
  /** The command name: at most 15 bytes, free to hold spaces and parentheses. */
  readonly name: string;
  readonly state: ProcessState;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Device number of the controlling terminal, 0 for none. */
  readonly terminal: number;
  /** The foreground process group of that terminal, -1 for none. */
  readonly foregroundGroup: number;
  /** Kernel flags (PF_*), decimal. */
  readonly flags: number;
  readonly threads: number;
  /** Clock ticks after boot. With the PID it names one process for good. */
  readonly startTime: number;
  /** SCHED_* number of the main thread: 0 other, 1 FIFO, 2 RR, 3 batch, 5 idle, 6 deadline. */
  readonly policy: number;
  /** Of that thread: 1 to 99 for FIFO and RR, 0 for the others. */
  readonly realTimePriority: number;
}

/** R running, S sleeping, D uninterruptible, Z zombie, T stopped, t traced, X dead, I idle kernel thread, P parked. */
export type ProcessState = 'R' | 'S' | 'D' | 'Z' | 'T' | 't' | 'X' | 'I' | 'P' | '?';

const STATES = new Set<string>(['R', 'S', 'D', 'Z', 'T', 't', 'X', 'I', 'P']);

/** Returns undefined for text that is no stat line. */
export function parseStat(text: string): Stat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  // rest[0] is field 3, the state; nothing behind field 41 is asked for.
  const rest = text.slice(close + 2).split(' ', 39);
  const field = (number: number): number => Number(rest[number - 3] ?? Number.NaN);
  const letter = rest[0] ?? '?';
  const stat: Stat = {
    pid: Number(text.slice(0, open - 1)),
    name: text.slice(open + 1, close),
    state: STATES.has(letter) ? (letter as ProcessState) : '?',
    parent: field(4),
    group: field(5),
    session: field(6),
    terminal: field(7),
    foregroundGroup: field(8),
    flags: field(9),
    threads: field(20),
    startTime: field(22),
    policy: field(41),
    realTimePriority: field(40),
  };
  return Number.isInteger(stat.pid) && Number.isInteger(stat.startTime) ? stat : undefined;
}

/** PF_KTHREAD in linux/sched.h: the same bit since 2.6.27. */
const PF_KTHREAD = 0x0020_0000;

/** Kernel threads have no memory, descriptors or program: nothing of them can be frozen. */
export function isKernelThread(process: { readonly flags: number }): boolean {
  return (process.flags & PF_KTHREAD) !== 0;
}
