/** Address spaces: mm images, and the maps that say where the contents of pages lie. */

import { fail } from '../../errors.js';
import type { ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';
import type { Memory, PageRun, Pages, SharedMemory } from '../../image-format/neutral/index.js';
import { lengthOfRun } from '../../image-format/neutral/page-runs.js';
import { pageStates } from '../../image-format/neutral/words/memory.js';
import { type ImageIndex, inner, many } from '../image-index.js';
import { addressSpace, auxiliaryVector, compressedRun } from '../shapes/memory.js';
import { bits } from '../shapes/reps.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import { liftMapping, lowerMapping } from './mappings.js';
import type { Section } from './section.js';
import { owners } from './signals.js';

const PRESENT = pageStates.present;
const state = bits(pageStates);

export const memory: Section<'memories' | 'sharedMemories'> = {
  lift(images, { label }) {
    const memories = new Map<string, Memory>();
    for (const { pid, ids } of owners(images)) {
      const id = `memory-${ids.vm_id as number}`;
      const message = images.first('mm', pid);
      if (message === undefined || memories.has(id)) continue;
      const pages = liftPages(images, 'pagemap', pid, label);
      memories.set(id, { id, ...liftSpace(message), ...(pages === undefined ? undefined : { pages }) });
    }
    return { memories: [...memories.values()], sharedMemories: liftShared(images, label) };
  },

  lower(tree, out) {
    const spaces = new Map(tree.memories.map((space, index) => [space.id, { space, index }]));
    for (const process of tree.processes) {
      const found = spaces.get(process.memory ?? '');
      if (found === undefined) continue;
      // the images of a shared address space carry the PID of the first process that has it
      spaces.delete(found.space.id);
      const at = `/memories/${found.index}`;
      out.add('mm', process.pid, [{ message: lowerSpace(found.space) }], at);
      if (found.space.pages !== undefined) {
        out.add('pagemap', process.pid, lowerPages(found.space.pages), `${at}/pages`);
      }
    }
    tree.sharedMemories.forEach((shared, index) => {
      if (shared.pages === undefined) return;
      const id = shared.id.slice('shared-'.length);
      out.add('pagemap-shmem', id, lowerPages(shared.pages), `/sharedMemories/${index}/pages`);
    });
  },
};

function liftSpace(message: WireMessage): Omit<Memory, 'id' | 'pages'> {
  return {
    ...liftMessage(addressSpace.space, message),
    layout: liftMessage(addressSpace.layout, message),
    auxiliaryVector: auxiliaryVector.lift(message.mm_saved_auxv ?? []),
    mappings: many(message, 'vmas').map(liftMapping),
  };
}

function lowerSpace(space: Memory): WireMessage {
  const vector = auxiliaryVector.lower(space.auxiliaryVector) as readonly bigint[];
  return {
    ...lowerMessage(addressSpace.layout, space.layout),
    ...lowerMessage(addressSpace.space, space),
    ...(vector.length === 0 ? undefined : { mm_saved_auxv: vector }),
    ...(space.mappings.length === 0 ? undefined : { vmas: space.mappings.map(lowerMapping) }),
  };
}

function liftShared(images: ImageIndex, label: string): SharedMemory[] {
  return [...images.all('pagemap-shmem')].map(([id]) => {
    const pages = liftPages(images, 'pagemap-shmem', id, label);
    return { id: `shared-${id}`, ...(pages === undefined ? undefined : { pages }) };
  });
}

function liftPages(images: ImageIndex, kind: string, id: number | string, label: string): Pages | undefined {
  const [head, ...entries] = images.records(kind, id);
  if (head === undefined) return undefined;
  let at = 0;
  const runs = entries.map(({ message }): PageRun => {
    const flags = (message.flags ?? 0) as number;
    const blocks = inner(message, 'blocks');
    const run: PageRun = {
      start: `0x${(message.vaddr as bigint).toString(16)}`,
      count: Number(message.nr_pages ?? 0n),
      state: state.lift(flags),
    };
    if (blocks !== undefined) run.compressed = liftMessage(compressedRun, blocks);
    if ((flags & PRESENT) === 0) return run;
    run.at = at;
    at += lengthOfRun(run);
    return run;
  });
  return { payload: `memory/${label}/pages-${head.message.pages_id as number}.img`, runs };
}

function lowerPages(pages: Pages): ImageRecord[] {
  const number = /pages-(\d+)\.img$/.exec(pages.payload)?.[1];
  if (number === undefined) {
    throw fail('document-contradictory', { path: pages.payload, detail: 'CRIU names pages by number' });
  }
  let at = 0;
  const entries = pages.runs.map((run): ImageRecord => {
    const flags = state.lower(run.state) as number;
    if (flags & PRESENT) {
      if (run.at !== at) {
        throw fail('document-contradictory', {
          path: pages.payload,
          detail: `pages of ${run.start} are not in order`,
        });
      }
      at += lengthOfRun(run);
    }
    const blocks =
      run.compressed === undefined ? undefined : { blocks: lowerMessage(compressedRun, run.compressed) };
    return {
      message: {
        vaddr: BigInt(run.start),
        compat_nr_pages: 0,
        flags,
        nr_pages: BigInt(run.count),
        ...blocks,
      },
    };
  });
  return [{ type: 'pagemap_head', message: { pages_id: Number(number) } }, ...entries];
}
