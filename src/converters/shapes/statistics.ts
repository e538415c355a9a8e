/** Shape of the statistics of a capture. */
import type { Statistics } from '../../image-format/neutral/index.js';
import { decimal, number } from './reps.js';
import { shape } from './shape.js';

export const statistics = shape<Statistics>('dump_stats_entry', {
  freezing_time: ['freezing', number],
  frozen_time: ['frozen', number],
  memdump_time: ['memoryDump', number],
  memwrite_time: ['memoryWrite', number],
  pages_scanned: ['pagesScanned', decimal],
  pages_skipped_parent: ['pagesSkipped', decimal],
  pages_written: ['pagesWritten', decimal],
  irmap_resolve: ['pathsResolved', number],
  pages_lazy: ['pagesLazy', decimal],
  page_pipes: ['pagePipes', decimal],
  page_pipe_bufs: ['pagePipeBuffers', decimal],
  shpages_scanned: ['sharedPagesScanned', decimal],
  shpages_skipped_parent: ['sharedPagesSkipped', decimal],
  shpages_written: ['sharedPagesWritten', decimal],
});
