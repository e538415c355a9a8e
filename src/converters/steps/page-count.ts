/**
 * Since 4.2 the number of pages in a run is 64 bits wide and has another field number; the old field is still required
 * and holds 0 (criu/pagemap.c). A CRIU before 4.2 reads no pages from the new form and dies with "vdso: ELF header
 * magic mismatch".
 */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import { mapRecords, type WireStep, withMessage, without } from './step.js';

const KINDS = ['pagemap', 'pagemap-shmem'];
const MOST = 0xffffffffn;

function isRun(message: WireMessage): boolean {
  return message.vaddr !== undefined;
}

export const pageCount: WireStep = {
  name: 'page-count',
  since: '4.2.1',
  together: [],

  up: images =>
    mapRecords(images, KINDS, record => {
      const { message } = record;
      if (!isRun(message) || message.nr_pages !== undefined) return record;
      const pages = BigInt(message.compat_nr_pages as number);
      return withMessage(record, { ...message, compat_nr_pages: 0, nr_pages: pages });
    }),

  down: (images, lost) =>
    mapRecords(images, KINDS, (record, file) => {
      const { message } = record;
      if (!isRun(message) || message.nr_pages === undefined) return record;
      const pages = message.nr_pages as bigint;
      if (pages > MOST) {
        lost({
          field: 'pagemap_entry.nr_pages',
          at: file,
          severity: 'fatal',
          reason: `a run of ${pages} pages does not fit into the 32 bits that CRIU before 4.2 has for it`,
        });
      }
      return withMessage(record, { ...without(message, 'nr_pages'), compat_nr_pages: Number(pages & MOST) });
    }),
};
