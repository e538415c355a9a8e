import { withoutReset } from '../steps/reset-on-fork.js';
import type { Mend } from './mend.js';

/** CRIU before 4.0 writes SCHED_RESET_ON_FORK, and then refuses its own image (src/converters/steps/reset-on-fork.ts). */
export const resetOnFork: Mend = {
  name: 'reset-on-fork',
  reason: 'threads with SCHED_RESET_ON_FORK come back without it (this CRIU would refuse them)',
  below: '4.0',
  apply(image) {
    if (image.kind !== 'core' || image.form !== 'records') return undefined;
    const records = image.records.map(record => {
      const message = withoutReset(record.message);
      return message === record.message ? record : { ...record, message };
    });
    return records.every((record, index) => record === image.records[index])
      ? undefined
      : { ...image, records };
  },
};
