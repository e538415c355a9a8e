import type { Image, WireMessage } from '../../image-format/criu/image-set.js';
import type { Mend } from './mend.js';

/** Of x86-64: the number of poll(2), the length of the `syscall` instruction, and -EINTR. */
const POLL = 7n;
const SYSCALL_BYTES = 2n;
const EINTR = 2n ** 64n - 4n;

/**
 * A poll(2) that sleeps is taken up again after a stop by way of the kernel's restart block, which CRIU cannot save: it
 * lets the call end with EINTR instead (get_task_regs, ERESTART_RESTARTBLOCK). No signal handler has run, so programs
 * that know of none in theirs take that for an error and end (`tail -f … | …` of coreutils, script of util-linux). One
 * without a time limit is the same when it is begun again. With a signal waiting, its handler may be what it waits for.
 */
export const interruptedPoll: Mend = {
  name: 'interrupted-poll',
  reason:
    'programs that wait in poll go on waiting (CRIU would end the call with an error that some programs end from)',
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
  if (registers === undefined || registers.orig_ax !== POLL || registers.ax !== EINTR) return false;
  // The third argument is an int of milliseconds, negative for no limit. Mode 2 is a program of 32 bits.
  if (BigInt.asIntN(32, registers.dx as bigint) >= 0n || Number(registers.mode ?? 1) === 2) return false;
  return !signalWaits(core.thread_core) && !signalWaits(core.tc);
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
      gpregs: { ...gpregs, ax: POLL, ip: (gpregs.ip as bigint) - SYSCALL_BYTES },
    },
  };
}
