import type { Image, WireMessage } from '../../image-format/criu/image-set.js';
import type { Mend } from './mend.js';

/** Registers of a thread of x86-64 by name: a call has its arguments in di, si, dx and r10 (syscall(2)). */
type Registers = Readonly<Record<string, bigint | undefined>>;

/** The length of the `syscall` instruction, and -EINTR. */
const SYSCALL_BYTES = 2n;
const EINTR = 2n ** 64n - 4n;

/**
 * The calls of x86-64 that the kernel takes up again after a stop by way of its restart block, by number, and when they can be
 * begun again instead. A sleep writes what is left of it where its caller wants it: in the place of what was asked for
 * (sleep(3)), and then it is the rest that is begun again, or elsewhere, and then the caller is one that goes on by itself.
 * Whoever wants to know nothing sleeps the whole time anew, as `sleep` of coreutils does by itself; so does a wait with a limit.
 */
const CALLS = new Map<bigint, (registers: Registers) => boolean>([
  // poll
  [7n, () => true],
  // nanosleep(request, rest)
  [35n, ({ di, si }) => si === 0n || si === di],
  // clock_nanosleep(clock, flags, request, rest): up to a moment (TIMER_ABSTIME), CRIU itself begins it again
  [230n, ({ dx, r10 }) => r10 === 0n || r10 === dx],
  // futex(word, operation, …): FUTEX_WAIT and FUTEX_WAIT_BITSET, without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME
  [202n, ({ si = 0n }) => [0n, 9n].includes(si & 127n)],
]);

/**
 * CRIU cannot save a restart block: it lets the call end with EINTR instead (compel_get_task_regs, ERESTART_RESTARTBLOCK). No
 * signal handler has run, so programs that know of none in theirs take that for an error and end (`tail -f … | …` of coreutils,
 * script of util-linux), or go on too early (`sleep` in perl). With a signal waiting, its handler may be what it waits for.
 */
export const interruptedCall: Mend = {
  name: 'interrupted-call',
  reason:
    'programs that sleep or wait in the kernel go on doing so (CRIU would end the call with an error that some programs end from)',
  apply(image: Image): Image | undefined {
    if (image.kind !== 'core' || image.form !== 'records') return undefined;
    if (!image.records.some(record => interrupted(record.message))) return undefined;
    return {
      ...image,
      records: image.records.map(record =>
        interrupted(record.message) ? { ...record, message: begunAgain(record.message) } : record,
      ),
    };
  },
};

function registersOf(core: WireMessage): WireMessage | undefined {
  return (core.thread_info as WireMessage | undefined)?.gpregs as WireMessage | undefined;
}

function interrupted(core: WireMessage): boolean {
  const registers = registersOf(core);
  // Mode 2 is a program of 32 bits.
  if (registers === undefined || registers.ax !== EINTR || Number(registers.mode ?? 1) === 2) return false;
  const canBegin = CALLS.get(registers.orig_ax as bigint);
  return (
    canBegin?.(registers as Registers) === true && !signalWaits(core.thread_core) && !signalWaits(core.tc)
  );
}

function signalWaits(part: WireMessage[string] | undefined): boolean {
  const { signals_p, signals_s } = (part ?? {}) as WireMessage;
  return [signals_p, signals_s].some(
    queue =>
      (((queue as WireMessage | undefined)?.signals as readonly unknown[] | undefined)?.length ?? 0) > 0,
  );
}

function begunAgain(core: WireMessage): WireMessage {
  const gpregs = registersOf(core) ?? {};
  return {
    ...core,
    thread_info: {
      ...(core.thread_info as WireMessage),
      gpregs: { ...gpregs, ax: gpregs.orig_ax as bigint, ip: (gpregs.ip as bigint) - SYSCALL_BYTES },
    },
  };
}
