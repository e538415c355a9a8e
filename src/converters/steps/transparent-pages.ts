/**
 * CRIU before 3.19 saves that a process wants no transparent huge pages (PR_SET_THP_DISABLE), and does not set it again
 * (criu/pie/restorer.c has that for lazy restores only).
 */
import { mapRecords, type WireStep } from './step.js';

export const transparentPages: WireStep = {
  name: 'transparent-pages',
  since: '3.19',
  together: [],

  up: images => images,

  down: (images, lost) =>
    mapRecords(images, ['mm'], (record, file) => {
      if (record.message.thp_disabled === true) {
        lost({
          field: 'mm_entry.thp_disabled',
          at: file,
          severity: 'degrading',
          reason:
            'CRIU before 3.19 does not set PR_SET_THP_DISABLE again: the process gets transparent huge pages',
        });
      }
      return record;
    }),
};
