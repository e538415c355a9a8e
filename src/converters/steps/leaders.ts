import type { Image } from '../../image-format/criu/image-set.js';
import { many } from '../image-index.js';

/** The core image of each thread's leader, by the core image of the thread. */
export function leadersOf(images: readonly Image[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const image of images) {
    if (image.kind !== 'pstree' || image.form !== 'records') continue;
    for (const { message } of image.records) {
      for (const tid of many<number>(message, 'threads'))
        found.set(`core-${tid}.img`, `core-${message.pid as number}.img`);
    }
  }
  return found;
}
