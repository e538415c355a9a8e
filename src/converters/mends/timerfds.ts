import type { Image, ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';

/** An image in which the timerfds that are `wanted` have a whole interval left; undefined where there are none. Pure. */
export function withWholeIntervals(image: Image, wanted: (timer: WireMessage) => boolean): Image | undefined {
  if (image.kind !== 'files' && image.kind !== 'timerfd') return undefined;
  if (image.form !== 'records') return undefined;
  const isWanted = (record: ImageRecord): boolean => {
    const timer = timerOf(image, record);
    return timer !== undefined && wanted(timer);
  };
  if (!image.records.some(isWanted)) return undefined;
  return {
    ...image,
    records: image.records.map(record => (isWanted(record) ? armed(image, record) : record)),
  };
}

/** The timer that a record describes: in `files.img` one kind of file among others, in older images the whole. */
function timerOf({ kind }: Image, { message }: ImageRecord): WireMessage | undefined {
  return kind === 'timerfd' ? message : (message.tfd as WireMessage | undefined);
}

function armed(image: Image, record: ImageRecord): ImageRecord {
  const timer = timerOf(image, record) ?? {};
  const { isec = 0n, insec = 0n } = timer;
  const mended = { ...timer, vsec: isec, vnsec: insec };
  return { ...record, message: image.kind === 'timerfd' ? mended : { ...record.message, tfd: mended } };
}
