import type { Image, WireMessage } from '../../image-format/criu/image-set.js';
import { many } from '../image-index.js';
import { mapRecords, withMessage } from './step.js';

/** The images with each controller of the cgroups changed. A record in which none changes stays as it is. */
export function eachController(
  images: readonly Image[],
  change: (controller: WireMessage) => WireMessage,
): readonly Image[] {
  return mapRecords(images, ['cgroup'], record => {
    const before: readonly WireMessage[] = many(record.message, 'controllers');
    const controllers = before.map(change);
    if (controllers.every((one, at) => one === before[at])) return record;
    return withMessage(record, { ...record.message, controllers });
  });
}
