import type { ImageSet, WireMessage } from '../../image-format/criu/image-set.js';
import { withWholeIntervals } from './timerfds.js';

/**
 * Images in which some periodic timerfds have a whole interval left: they were due when CRIU read them, and it would take
 * them for disarmed. Pure.
 * @param ids numbers of the open files
 */
export function armDueTimers<S extends ImageSet>(set: S, ids: readonly number[]): S {
  if (ids.length === 0) return set;
  const due = new Set(ids);
  const isDue = ({ id }: WireMessage): boolean => due.has(Number(id));
  return { ...set, images: set.images.map(image => withWholeIntervals(image, isDue) ?? image) };
}
