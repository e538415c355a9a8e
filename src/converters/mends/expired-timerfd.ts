import type { WireMessage } from '../../image-format/criu/image-set.js';
import type { Mend } from './mend.js';
import { withWholeIntervals } from './timerfds.js';

/**
 * A periodic timerfd that expired and was not read yet says in /proc/PID/fdinfo that no time is left until it expires
 * (fs/timerfd.c, timerfd_show: the kernel arms it again only when it is read). CRIU gives that 0 to
 * timerfd_settime(2) (criu/pie/restorer.c, timerfd_arm), where it means "disarm": the timer never ticks again. One
 * interval is what it waits for after the read.
 */
export const expiredTimerfd: Mend = {
  name: 'expired-timerfd',
  reason: 'periodic timerfds that had expired tick on (CRIU would disarm them)',
  apply: image => withWholeIntervals(image, expired),
};

function expired(timer: WireMessage): boolean {
  if (timer.ticks === 0n) return false;
  return timer.vsec === 0n && timer.vnsec === 0n && !(timer.isec === 0n && timer.insec === 0n);
}
