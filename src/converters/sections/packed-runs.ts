/** Runs of pages of page maps in few bytes. */

import type { ImageRecord } from '../../image-format/criu/image-set.js';
import type { PageRun } from '../../image-format/neutral/index.js';
import type { Form } from '../../image-format/neutral/packed-forms.js';
import { runPacker } from '../../image-format/neutral/packed-kinds.js';
import type { PackedList } from '../../image-format/neutral/packed-list.js';
import { NARROW, packedNumber } from '../../image-format/neutral/packed-numbers.js';
import { pageStates } from '../../image-format/neutral/words/memory.js';
import { PAGE } from '../../image-format/page.js';
import { bits } from '../shapes/reps.js';

const state = bits(pageStates);
const FIELDS = 4;
const KNOWN = Object.values(pageStates).reduce((sum, bit) => sum | bit, 0);
const START = 0;
const COUNT = 1;
const AT = 2;

/** All dumps have the same few forms: one for each state. */
const packer = runPacker();
const FORMS = Array.from({ length: KNOWN + 1 }, (_, flags): Form | undefined => {
  const run: PageRun = { start: '0x0', count: 0, state: state.lift(flags) };
  return packer.forms.of(flags & pageStates.present ? { ...run, at: 0 } : run);
});

/** Packs entries of a page map, without its head; undefined where one says more than a start, a count and flags. */
export function packRuns(entries: readonly ImageRecord[]): PackedList<PageRun> | undefined {
  let at = 0;
  for (const { type, message, payload } of entries) {
    const { vaddr, nr_pages: pages, flags, compat_nr_pages: compatible } = message;
    const form = typeof flags === 'number' ? FORMS[flags] : undefined;
    const length = Number(pages) * PAGE;
    if (
      form === undefined ||
      type !== undefined ||
      payload !== undefined ||
      fieldsOf(message) !== FIELDS ||
      compatible !== 0 ||
      typeof vaddr !== 'bigint' ||
      typeof pages !== 'bigint' ||
      !Number.isSafeInteger(length) ||
      !Number.isSafeInteger(at + length)
    ) {
      packer.finish();
      return undefined;
    }
    packer.begin(form);
    packer.number(START, packedNumber(vaddr));
    packer.number(COUNT, packedNumber(pages));
    if (form.slots.length <= AT) continue;
    packer.number(AT, at < NARROW ? at : BigInt(at));
    at += length;
  }
  return packer.finish();
}

function fieldsOf(message: object): number {
  let fields = 0;
  for (const _ in message) fields++;
  return fields;
}
