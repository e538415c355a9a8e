/**
 * The set of cgroups that a task is in: one for the whole process before 3.18, one for each thread since (threaded
 * cgroups; criu/cr-dump.c, dump_task_core_all and dump_task_thread).
 */
import type { Image, WireMessage } from '../../image-format/criu/image-set.js';
import { inner } from '../image-index.js';
import { leadersOf } from './leaders.js';
import { mapRecords, type WireStep, withMessage, without } from './step.js';

export const cgroupSet: WireStep = {
  name: 'cgroup-set',
  since: '3.18',
  together: ['pstree', 'core'],

  up(images) {
    const leaderOf = leadersOf(images);
    const sets = setsOf(images, 'tc');
    return mapRecords(images, ['core'], (record, file) => {
      const { message } = record;
      const tc = inner(message, 'tc');
      const own = inner(message, 'thread_core');
      const set = sets.get(leaderOf.get(file) ?? file);
      if (set === undefined) return record;
      return withMessage(record, {
        ...message,
        ...(tc === undefined ? undefined : { tc: without(tc, 'cg_set') }),
        ...(own === undefined ? undefined : { thread_core: { ...own, cg_set: set } }),
      });
    });
  },

  down(images, lost) {
    const leaderOf = leadersOf(images);
    const sets = setsOf(images, 'thread_core');
    return mapRecords(images, ['core'], (record, file) => {
      const { message } = record;
      const tc = inner(message, 'tc');
      const own = inner(message, 'thread_core');
      const set = own?.cg_set as number | undefined;
      if (own === undefined || set === undefined) return record;
      const leader = sets.get(leaderOf.get(file) ?? file);
      if (leader !== set) {
        lost({
          field: 'thread_core_entry.cg_set',
          at: file,
          severity: 'degrading',
          reason:
            'CRIU before 3.18 has one set of cgroups for all threads of a process: this thread goes where its leader is',
        });
      }
      return withMessage(record, {
        ...message,
        ...(tc === undefined ? undefined : { tc: { ...tc, cg_set: set } }),
        thread_core: without(own, 'cg_set'),
      });
    });
  },
};

/** The set that each core image names in one of its parts. */
function setsOf(images: readonly Image[], part: 'tc' | 'thread_core'): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const image of images) {
    if (image.kind !== 'core' || image.form !== 'records') continue;
    const set = inner(image.records[0]?.message as WireMessage | undefined, part)?.cg_set;
    if (set !== undefined) found.set(image.file, set as number);
  }
  return found;
}
