/** Names of signals and of what belongs to them. Linux numbers for x86-64 and aarch64 (asm-generic/signal.h). */
// biome-ignore format: a table
const STANDARD = [
  'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1',
  'SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP',
  'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR',
  'SIGSYS',
] as const;

/** Real-time signals are counted from 32, the kernel's SIGRTMIN; glibc keeps the first two for itself. */
const FIRST_REALTIME = 32;
export const LAST_SIGNAL = 64;

/** Signal names by number; index 0 is no signal. */
export const SIGNAL_NAMES: readonly string[] = [
  '',
  ...STANDARD,
  ...Array.from({ length: LAST_SIGNAL - FIRST_REALTIME + 1 }, (_, i) => `SIGRT${i}`),
];

/** SA_* (bits/sigaction.h); SA_RESTORER is the kernel's own. */
export const actionFlags = {
  'no-child-stop': 0x1,
  'no-child-wait': 0x2,
  siginfo: 0x4,
  unsupported: 0x400,
  'expose-tag-bits': 0x800,
  restorer: 0x4000000,
  'on-stack': 0x8000000,
  restart: 0x10000000,
  'no-defer': 0x40000000,
  'reset-handler': 0x80000000,
} as const;

/** SS_* of sigaltstack(2). */
export const stackFlags = { 'on-stack': 1, disabled: 2, 'auto-disarm': 0x80000000 } as const;

/** SIGEV_* of timer_create(2). */
export const timerNotifications = { signal: 0, none: 1, thread: 2, 'signal-thread': 4 } as const;

/** CLOCK_* of clock_gettime(2). */
// biome-ignore format: a table
export const clocks = {
  'realtime': 0, 'monotonic': 1, 'process-cpu': 2, 'thread-cpu': 3, 'monotonic-raw': 4, 'realtime-coarse': 5,
  'monotonic-coarse': 6, 'boottime': 7, 'realtime-alarm': 8, 'boottime-alarm': 9, 'tai': 11,
} as const;

/** SI_* of sigaction(2): who sent a signal and how. Codes above 0 mean something else for each signal. */
// biome-ignore format: a table
export const signalCodes = {
  user: 0, queue: -1, timer: -2, 'message-queue': -3, 'asynchronous-io': -4, sigio: -5, thread: -6, kernel: 128,
} as const;
