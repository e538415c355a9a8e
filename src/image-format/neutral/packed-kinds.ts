/** The lists of a document that can be long, and where their items have numbers. No schemas here. */
import type { Mapping, PageRun } from './memory.js';
import { Forms, type Slot } from './packed-forms.js';
import { Packer } from './packed-items.js';

export const MAPPING_SLOTS = [
  { path: ['start'], as: 'hex' },
  { path: ['end'], as: 'hex' },
  { path: ['backing', 'offset'], as: 'hex' },
  { path: ['backing', 'file'], as: 'name' },
  { path: ['backing', 'segment'], as: 'name' },
] as const satisfies readonly Slot[];

export const RUN_SLOTS = [
  { path: ['start'], as: 'hex' },
  { path: ['count'], as: 'plain' },
  { path: ['at'], as: 'plain' },
] as const satisfies readonly Slot[];

export function mappingPacker(): Packer<Mapping> {
  return new Packer(new Forms(MAPPING_SLOTS));
}

export function runPacker(): Packer<PageRun> {
  return new Packer(new Forms(RUN_SLOTS));
}
