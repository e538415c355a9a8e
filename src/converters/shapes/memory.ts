/** Shapes of address spaces, without their mappings. */
import type { Memory, PageRun } from '../../image-format/neutral/index.js';
import { auxiliaryTypes } from '../../image-format/neutral/words/processes.js';
import { boolean, decimal, hex, list, named, nested, number, reference } from './reps.js';
import { type Rep, shape } from './shape.js';

type Layout = Memory['layout'];
type Ring = NonNullable<Memory['asynchronousIo']>[number];

const ring = shape<Ring>('aio_ring_entry', {
  id: ['context', hex],
  nr_req: ['requests', number],
  ring_len: ['length', number],
});

const layout = shape<Layout>('mm_entry', {
  mm_start_code: ['codeStart', hex],
  mm_end_code: ['codeEnd', hex],
  mm_start_data: ['dataStart', hex],
  mm_end_data: ['dataEnd', hex],
  mm_start_stack: ['stackStart', hex],
  mm_start_brk: ['heapStart', hex],
  mm_brk: ['heapEnd', hex],
  mm_arg_start: ['argumentsStart', hex],
  mm_arg_end: ['argumentsEnd', hex],
  mm_env_start: ['environmentStart', hex],
  mm_env_end: ['environmentEnd', hex],
});

const space = shape<Omit<Memory, 'id' | 'layout' | 'pages' | 'mappings' | 'auxiliaryVector'>>('mm_entry', {
  exe_file_id: ['executable', reference('file')],
  dumpable: ['dumpable', number],
  aios: ['asynchronousIo', list(nested(ring))],
  thp_disabled: ['hugePagesDisabled', boolean],
});

export const addressSpace = { layout, space };

const type = named(auxiliaryTypes);
/** Pairs of type and value, one after the other. */
export const auxiliaryVector: Rep<Memory['auxiliaryVector']> = {
  lift: value => {
    const words = value as readonly bigint[];
    const out: Memory['auxiliaryVector'] = [];
    for (let i = 0; i + 1 < words.length; i += 2) {
      out.push({ type: type.lift(Number(words[i])), value: hex.lift(words[i + 1] as bigint) });
    }
    return out;
  },
  lower: value => value.flatMap(entry => [BigInt(type.lower(entry.type) as number), BigInt(entry.value)]),
};

/** A run of pages that CRIU 4.3 compressed (`--compress`). */
export const compressedRun = shape<NonNullable<PageRun['compressed']>>('pagemap_blocks', {
  block_sizes: ['blocks', list(number)],
  total_payload_size: ['length', decimal],
  pages_per_block: ['pagesPerBlock', number],
});
