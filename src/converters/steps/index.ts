/** All rules that cross CRIU releases, and the way through them. */
import { CRIU_VERSIONS, type CriuVersion, type Image } from '../../image-format/criu/image-set.js';
import { pageCount } from './page-count.js';
import type { Loss, WireStep } from './step.js';

/** Newest first: the way down. */
export const wireSteps: readonly WireStep[] = [pageCount];

const age = (version: CriuVersion): number => CRIU_VERSIONS.indexOf(version);

/** Images as the newest release would have written them. */
export function toNewest(images: readonly Image[], from: CriuVersion): Image[] {
  const steps = wireSteps.filter(step => age(from) < age(step.since)).reverse();
  return images.map(image =>
    steps.reduce((form, step) => (step.kinds.includes(form.kind) ? step.up(form) : form), image),
  );
}

/** Images of the newest form as `to` writes them. */
export function fromNewest(images: readonly Image[], to: CriuVersion, lost: (loss: Loss) => void): Image[] {
  const steps = wireSteps.filter(step => age(to) < age(step.since));
  return images.map(image =>
    steps.reduce((form, step) => (step.kinds.includes(form.kind) ? step.down(form, lost) : form), image),
  );
}
