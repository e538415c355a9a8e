import type { ImageSet } from '../../image-format/criu/image-set.js';
import { expiredTimerfd } from './expired-timerfd.js';
import { interruptedPoll } from './interrupted-poll.js';
import type { Mend } from './mend.js';
import { parentDeathSignal } from './parent-death-signal.js';
import { unscaledWindow } from './unscaled-window.js';

const mends: readonly Mend[] = [unscaledWindow, expiredTimerfd, parentDeathSignal, interruptedPoll];

/** Images as CRIU should get them, and which mends changed any. Pure. */
export function mendImages<S extends ImageSet>(
  set: S,
): {
  readonly images: S;
  readonly applied: readonly Mend[];
} {
  const applied = new Set<Mend>();
  const images = set.images.map(image => {
    let current = image;
    for (const mend of mends) {
      const mended = mend.apply(current, set);
      if (mended === undefined) continue;
      applied.add(mend);
      current = mended;
    }
    return current;
  });
  return { images: { ...set, images }, applied: [...applied] };
}
