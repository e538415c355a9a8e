/** Section: signals, their handlers, and timers that send them. */
import { z } from 'zod';
import { base64, hex64, i32, oneOf, setOf, u32, u64 } from './scalars.js';
import {
  actionFlags,
  clocks,
  SIGNAL_NAMES,
  signalCodes,
  stackFlags,
  timerNotifications,
} from './words/signals.js';

const signalName = z.enum(SIGNAL_NAMES.slice(1) as [string, ...string[]]);
/** A signal by name; `#N` where the number has no name. */
export const signal = z.union([signalName, z.templateLiteral(['#', z.int()])]);
export const signalSet = z.array(signalName);

export const signalAction = z
  .strictObject({
    signal: signalName.describe("The signal. SIGRT0 is the kernel's first real-time signal, number 32"),
    handler: z
      .union([z.enum(['default', 'ignore']), hex64])
      .describe('SIG_DFL, SIG_IGN, or the address of the handler'),
    flags: setOf(actionFlags).optional().describe('SA_* of sigaction(2)'),
    restorer: hex64.optional().describe('Address of the code that returns from the handler (sa_restorer)'),
    mask: signalSet.optional().describe('Signals blocked while the handler runs'),
    compatible: z.boolean().optional().describe('Set by a 32-bit program on a 64-bit kernel'),
  })
  .describe('What a signal does, where that is not the default');
export type SignalAction = z.infer<typeof signalAction>;

export const signalTable = z
  .strictObject({
    id: z.string().describe('signals-N'),
    actions: z
      .array(signalAction)
      .describe('Signals with an action of their own; the others have the default'),
  })
  .describe('Signal handlers, shared by processes made with CLONE_SIGHAND');
export type SignalTable = z.infer<typeof signalTable>;

export const pendingSignal = z
  .strictObject({
    signal: signal.describe('The signal'),
    code: z
      .union([z.enum(Object.keys(signalCodes) as [string, ...string[]]), z.templateLiteral(['#', z.int()])])
      .describe('Why it was sent (si_code)'),
    error: i32.optional().describe('si_errno; absent when 0'),
    pid: i32.optional().describe('Sender, for signals that a process sent'),
    user: u32.optional().describe('Real user ID of the sender'),
    value: hex64.optional().describe('si_value, where one was sent'),
    details: base64.optional().describe('The rest of siginfo_t, for other reasons'),
  })
  .describe('A signal that was sent and not yet delivered');
export type PendingSignal = z.infer<typeof pendingSignal>;

export const signalStack = z
  .strictObject({
    address: hex64.describe('Start of the stack'),
    size: u64.describe('Size in bytes'),
    flags: setOf(stackFlags).describe('SS_* of sigaltstack(2)'),
  })
  .describe('Alternate signal stack (sigaltstack(2))');

const seconds = u64.describe('Whole seconds');
export const microTime = z
  .strictObject({ seconds, microseconds: u64.describe('Microseconds on top of the seconds') })
  .describe('A time span');
export const nanoTime = z
  .strictObject({ seconds, nanoseconds: u64.describe('Nanoseconds on top of the seconds') })
  .describe('A time span or a point in time');

export const intervalTimer = z
  .strictObject({
    interval: microTime.describe('Time between expirations; zero for a single one'),
    remaining: microTime.describe('Time until the next expiration; zero when not armed'),
  })
  .describe('An interval timer (setitimer(2))');

export const posixTimer = z
  .strictObject({
    id: u32.describe('Timer ID as timer_create(2) gave it'),
    clock: oneOf(clocks).describe('Clock that the timer runs on'),
    signal: signal.describe('Signal sent on expiration'),
    notification: oneOf(timerNotifications).describe('How the process is told (SIGEV_*)'),
    value: hex64.describe('Value sent with the signal (sigev_value)'),
    overrun: u32.describe('Expirations missed so far'),
    interval: nanoTime.describe('Time between expirations; zero for a single one'),
    remaining: nanoTime.describe('Time until the next expiration; zero when not armed'),
    thread: i32.optional().describe('Thread that is told (SIGEV_THREAD_ID)'),
  })
  .describe('A POSIX timer (timer_create(2))');

export const timers = z
  .strictObject({
    real: intervalTimer.optional().describe('ITIMER_REAL; absent when not armed'),
    virtual: intervalTimer.optional().describe('ITIMER_VIRTUAL; absent when not armed'),
    profiling: intervalTimer.optional().describe('ITIMER_PROF; absent when not armed'),
    posix: z.array(posixTimer).optional().describe('Timers made by timer_create(2)'),
  })
  .describe('Timers of a process');
export type Timers = z.infer<typeof timers>;
