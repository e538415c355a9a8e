import type { Image, ImageRecord } from '../../image-format/criu/image-set.js';
import type { Mend } from './mend.js';

/** The connection scales its windows (include/uapi/linux/tcp.h, TCPI_OPT_WSCALE). */
const WINDOW_SCALING = 4;

/**
 * A connection whose peer agreed to no window scaling comes back with the scale that the new kernel picked for itself
 * when CRIU connected it in repair mode (tcp_connect_init), because CRIU sets a scale only where the images name one
 * (soccr/soccr.c, libsoccr_set_sk_data_noq). The peer then sees a window of 4 bytes where 65,536 are meant, and each
 * exchange waits for its persist timer, 5 s at a time. Naming the scale 0 sets it to what was agreed.
 */
export const unscaledWindow: Mend = {
  name: 'unscaled-window',
  reason: 'connections without window scaling keep their windows (CRIU would let the new kernel scale them)',
  apply(image: Image): Image | undefined {
    if (image.kind !== 'tcp-stream' || image.form !== 'records') return undefined;
    if (image.records.every(scaled)) return undefined;
    return {
      ...image,
      records: image.records.map(record => (scaled(record) ? record : withScaleZero(record))),
    };
  },
};

function scaled({ message }: ImageRecord): boolean {
  return (Number(message.opt_mask ?? 0) & WINDOW_SCALING) !== 0;
}

function withScaleZero(record: ImageRecord): ImageRecord {
  const mask = Number(record.message.opt_mask ?? 0) | WINDOW_SCALING;
  return { ...record, message: { ...record.message, opt_mask: mask, snd_wscale: 0, rcv_wscale: 0 } };
}
