import type { Image, ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';
import type { Mend } from './mend.js';

/**
 * A periodic timerfd that expired and was not read yet says in /proc/PID/fdinfo that no time is left until it expires
 * (fs/timerfd.c, timerfd_show: the kernel arms it again only when it is read). CRIU gives that 0 to
 * timerfd_settime(2) (criu/pie/restorer.c, timerfd_arm), where it means "disarm": the timer never ticks again. One
 * interval is what it waits for after the read.
 */
export const expiredTimerfd: Mend = {
  name: 'expired-timerfd',
  reason: 'periodic timerfds that had expired tick on (CRIU would disarm them)',
  apply(image: Image): Image | undefined {
    if (image.kind !== 'files' && image.kind !== 'timerfd') return undefined;
    if (image.form !== 'records' || !image.records.some(record => expired(timerOf(image, record))))
      return undefined;
    return { ...image, records: image.records.map(record => armed(image, record)) };
  },
};

/** The timer that a record describes: in `files.img` one kind of file among others, in older images the whole. */
function timerOf({ kind }: Image, { message }: ImageRecord): WireMessage | undefined {
  return kind === 'timerfd' ? message : (message.tfd as WireMessage | undefined);
}

function expired(timer: WireMessage | undefined): boolean {
  if (timer === undefined || timer.ticks === 0n) return false;
  return timer.vsec === 0n && timer.vnsec === 0n && !(timer.isec === 0n && timer.insec === 0n);
}

function armed(image: Image, record: ImageRecord): ImageRecord {
  const timer = timerOf(image, record);
  if (timer === undefined || !expired(timer)) return record;
  const { isec = 0n, insec = 0n } = timer;
  const mended = { ...timer, vsec: isec, vnsec: insec };
  return { ...record, message: image.kind === 'timerfd' ? mended : { ...record.message, tfd: mended } };
}
