import type { ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';
import type { Mend } from './mend.js';

/** Ten years, in seconds. */
const FAR = 315_360_000n;

/**
 * CRIU before 4.1 takes an interval timer without an interval for one that is not armed (criu/cr-restore.c, decode_itimer()),
 * so that what alarm(2) has set never comes. With an interval of ten years it comes once, as far as anybody will see.
 */
export const oneShotTimer: Mend = {
  name: 'one-shot-timer',
  reason: 'timers of alarm(2) and setitimer(2) that tick once do so (this CRIU would forget them)',
  below: '4.1',
  apply(image) {
    if (image.kind !== 'core' || image.form !== 'records') return undefined;
    if (!image.records.some(record => Object.values(timersOf(record)).some(isOneShot))) return undefined;
    return { ...image, records: image.records.map(repeated) };
  },
};

function timersOf({ message }: ImageRecord): Readonly<Record<string, unknown>> {
  const tasks = message.tc as WireMessage | undefined;
  return (tasks?.timers as WireMessage | undefined) ?? {};
}

function isOneShot(timer: unknown): timer is WireMessage {
  const { isec, iusec, vsec, vusec } = (timer ?? {}) as WireMessage;
  return isec === 0n && iusec === 0n && (vsec !== 0n || vusec !== 0n);
}

function repeated(record: ImageRecord): ImageRecord {
  const timers = Object.entries(timersOf(record)).map(
    ([name, timer]) => [name, isOneShot(timer) ? { ...timer, isec: FAR } : timer] as const,
  );
  if (timers.length === 0) return record;
  const tasks = record.message.tc as WireMessage;
  return {
    ...record,
    message: { ...record.message, tc: { ...tasks, timers: Object.fromEntries(timers) as WireMessage } },
  };
}
