/**
 * Since 4.2 the number of pages in a run is 64 bits wide and has another field number; the old field is still required
 * and holds 0 (criu/pagemap.c). A CRIU before 4.2 reads no pages from the new form and dies with "vdso: ELF header
 * magic mismatch".
 */
import type { Image, WireMessage } from '../../image-format/criu/image-set.js';
import type { WireStep } from './step.js';

const MOST = 0xffffffffn;

function eachRun(image: Image, change: (message: WireMessage) => WireMessage): Image {
  if (image.form !== 'records') return image;
  return {
    ...image,
    records: image.records.map(record =>
      record.message['vaddr'] === undefined ? record : { ...record, message: change(record.message) },
    ),
  };
}

export const pageCount: WireStep = {
  name: 'page-count',
  since: '4.2.1',
  kinds: ['pagemap', 'pagemap-shmem'],

  up: image =>
    eachRun(image, message => {
      const { compat_nr_pages, ...rest } = message;
      return message['nr_pages'] !== undefined
        ? message
        : { ...rest, compat_nr_pages: 0, nr_pages: BigInt((compat_nr_pages ?? 0) as number) };
    }),

  down: (image, lost) =>
    eachRun(image, ({ nr_pages, ...rest }) => {
      const pages = (nr_pages ?? BigInt(rest['compat_nr_pages'] as number)) as bigint;
      if (pages > MOST) {
        lost({
          field: 'pagemap.nr_pages',
          at: image.file,
          severity: 'fatal',
          reason: `a run of ${pages} pages does not fit into the 32 bits that CRIU before 4.2 has for it`,
        });
      }
      return { ...rest, compat_nr_pages: Number(pages & MOST) };
    }),
};
