import type { ImageSet } from '../../image-format/criu/image-set.js';
import { compareVersions } from '../../versions.js';
import { expiredTimerfd } from './expired-timerfd.js';
import { interruptedCall } from './interrupted-call.js';
import type { Mend } from './mend.js';
import { oneShotTimer } from './one-shot-timer.js';
import { parentDeathSignal } from './parent-death-signal.js';
import { resetOnFork } from './reset-on-fork.js';
import { unscaledWindow } from './unscaled-window.js';

const mends: readonly Mend[] = [
  unscaledWindow,
  expiredTimerfd,
  oneShotTimer,
  parentDeathSignal,
  interruptedCall,
  resetOnFork,
];

/**
 * Images as CRIU should get them, and which mends changed any. Pure.
 * @param criu the version that will restore them
 */
export function mendImages<S extends ImageSet>(
  set: S,
  criu: string,
): {
  readonly images: S;
  readonly applied: readonly Mend[];
} {
  const applied = new Set<Mend>();
  const needed = mends.filter(({ below }) => below === undefined || compareVersions(criu, below) < 0);
  const images = set.images.map(image => {
    let current = image;
    for (const mend of needed) {
      const mended = mend.apply(current, set);
      if (mended === undefined) continue;
      applied.add(mend);
      current = mended;
    }
    return current;
  });
  return { images: { ...set, images }, applied: [...applied] };
}
