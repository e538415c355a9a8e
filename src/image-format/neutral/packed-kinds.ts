/** The lists of a document that can be long, and where their items have numbers. No schemas here. */
import type { Mapping, Memory, PageRun } from './memory.js';
import { Forms, type Slot } from './packed-forms.js';
import { Packer } from './packed-items.js';
import { itemsOf, withPacked } from './packed-list.js';

const MAPPING_SLOTS = [
  { path: ['start'], as: 'hex' },
  { path: ['end'], as: 'hex' },
  { path: ['backing', 'offset'], as: 'hex' },
  { path: ['backing', 'file'], as: 'name' },
  { path: ['backing', 'segment'], as: 'name' },
] as const satisfies readonly Slot[];

const RUN_SLOTS = [
  { path: ['start'], as: 'hex' },
  { path: ['count'], as: 'plain' },
  { path: ['at'], as: 'plain' },
] as const satisfies readonly Slot[];

/** Keeps mappings in few bytes: addresses as numbers, and a form that many share. */
export function mappingPacker(): Packer<Mapping> {
  return new Packer(new Forms(MAPPING_SLOTS));
}

/** The same for runs of pages. */
export function runPacker(): Packer<PageRun> {
  return new Packer(new Forms(RUN_SLOTS));
}

/** An address space, or a shared segment, with its long lists in few bytes: a copy, or the same where they are. */
export function packAgain<T extends Partial<Pick<Memory, 'mappings' | 'pages'>>>(memory: T): T {
  const out = { ...memory };
  if (out.pages !== undefined) out.pages = { ...out.pages };
  if (memory.mappings !== undefined) {
    const packer = mappingPacker();
    for (const mapping of itemsOf(memory as Pick<Memory, 'mappings'>, 'mappings')) packer.add(mapping);
    withPacked(out, 'mappings', packer.finish());
  }
  if (out.pages !== undefined) {
    const packer = runPacker();
    for (const run of itemsOf(memory.pages ?? out.pages, 'runs')) packer.add(run);
    withPacked(out.pages, 'runs', packer.finish());
  }
  return out;
}
