import type { Image, ImageRecord, ImageSet, WireMessage } from '../../image-format/criu/image-set.js';

/**
 * Images in which some periodic timerfds have a whole interval left: they were due when CRIU read them, and it would take
 * them for disarmed. Pure.
 * @param ids numbers of the open files
 */
export function armDueTimers<S extends ImageSet>(set: S, ids: readonly number[]): S {
  if (ids.length === 0) return set;
  const due = new Set(ids);
  const images = set.images.map((image): Image => {
    if (image.form !== 'records' || (image.kind !== 'files' && image.kind !== 'timerfd')) return image;
    return { ...image, records: image.records.map(record => armed(record, image.kind, due)) };
  });
  return { ...set, images };
}

function armed(record: ImageRecord, kind: string, due: ReadonlySet<number>): ImageRecord {
  const timer = kind === 'files' ? (record.message.tfd as WireMessage | undefined) : record.message;
  if (timer === undefined || !due.has(Number(timer.id))) return record;
  const mended = { ...timer, vsec: timer.isec ?? 0n, vnsec: timer.insec ?? 0n };
  return { ...record, message: kind === 'files' ? { ...record.message, tfd: mended } : mended };
}
