/** Address spaces: mm images, and the maps that say where the contents of pages lie. */

import { fail } from '../../errors.js';
import type { ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';
import type { Memory, PageRun, Pages, SharedMemory } from '../../image-format/neutral/index.js';
import { itemsOf, lengthOfList, withPacked } from '../../image-format/neutral/packed-list.js';
import { lengthOfRun } from '../../image-format/neutral/page-runs.js';
import { PartPool } from '../../image-format/neutral/share-parts.js';
import { pageStates } from '../../image-format/neutral/words/memory.js';
import { type ImageIndex, inner, int64, many } from '../image-index.js';
import { addressSpace, auxiliaryVector, compressedRun } from '../shapes/memory.js';
import { bits } from '../shapes/reps.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import { Status } from './mapping-status.js';
import { liftMapping, lowerMapping } from './mappings.js';
import { MappingForms } from './packed-mappings.js';
import { packRuns } from './packed-runs.js';
import type { LiftedSpace, MemoryImages, Section } from './section.js';
import { owners } from './signals.js';

const PRESENT = pageStates.present;
const state = bits(pageStates);

/** Images that are all there. */
function memoryImagesOf(images: ImageIndex, label: string): MemoryImages {
  const forms = new MappingForms();
  const pool = new PartPool();
  return {
    space: pid => {
      const message = images.first('mm', pid);
      return message === undefined ? undefined : liftSpace(message, forms, pool).space;
    },
    pages: (kind, id) => liftPages(images.records(kind, id), label),
    segments: () => [...images.all('pagemap-shmem')].map(([id]) => id),
  };
}

export const memory: Section<'memories' | 'sharedMemories'> = {
  lift(images, { label, memoryImages = memoryImagesOf(images, label) }) {
    const memories = new Map<string, Memory>();
    for (const { pid, ids } of owners(images)) {
      const id = `memory-${ids.vm_id as number}`;
      if (memories.has(id)) continue;
      const space = memoryImages.space(pid)?.(id);
      if (space === undefined) continue;
      const pages = memoryImages.pages('pagemap', pid);
      if (pages !== undefined) space.pages = pages;
      memories.set(id, space);
    }
    const sharedMemories = Array.from(memoryImages.segments(), (id): SharedMemory => {
      const pages = memoryImages.pages('pagemap-shmem', id);
      return { id: `shared-${id}`, ...(pages === undefined ? undefined : { pages }) };
    });
    return { memories: [...memories.values()], sharedMemories };
  },

  lower(tree, out) {
    const spaces = new Map(tree.memories.map((space, index) => [space.id, { space, index }]));
    for (const process of tree.processes) {
      const found = spaces.get(process.memory ?? '');
      if (found === undefined) continue;
      // the images of a shared address space carry the PID of the first process that has it
      spaces.delete(found.space.id);
      const at = `/memories/${found.index}`;
      const { pages } = found.space;
      out.defer('mm', process.pid, () => [{ message: lowerSpace(found.space) }], at);
      if (pages !== undefined) out.defer('pagemap', process.pid, () => lowerPages(pages), `${at}/pages`);
    }
    tree.sharedMemories.forEach(({ id, pages }, index) => {
      if (pages === undefined) return;
      const number = id.slice('shared-'.length);
      out.defer('pagemap-shmem', number, () => lowerPages(pages), `/sharedMemories/${index}/pages`);
    });
  },
};

/** An address space, and whether the document is known to give all of its mappings back as they are. */
export function liftSpace(
  message: WireMessage,
  forms: MappingForms,
  pool: PartPool,
): { readonly space: LiftedSpace; readonly exact: boolean } {
  const vmas = many(message, 'vmas');
  const packed = forms.pack(vmas);
  const mappings = packed === undefined ? vmas.map(liftMapping) : [];
  // All of it now: who takes the space later must not keep the image until then.
  const parts = pool.shareSpace({
    ...liftMessage(addressSpace.space, message),
    layout: liftMessage(addressSpace.layout, message),
    auxiliaryVector: auxiliaryVector.lift(message.mm_saved_auxv ?? []),
  });
  const space = (id: string): Memory => {
    const head = { id, ...parts };
    return packed === undefined ? { ...head, mappings } : withPacked(head, 'mappings', packed);
  };
  return { space, exact: packed !== undefined };
}

/** Everything of an address space but its mappings, as an `mm` image has it. */
export function lowerSpaceAlone(space: Memory): WireMessage {
  const vector = auxiliaryVector.lower(space.auxiliaryVector) as readonly bigint[];
  return {
    ...lowerMessage(addressSpace.layout, space.layout),
    ...lowerMessage(addressSpace.space, space),
    ...(vector.length === 0 ? undefined : { mm_saved_auxv: vector }),
  };
}

/** An address space as an `mm` image has it, guard regions last, as CRIU wants them. */
export function lowerSpace(space: Memory): WireMessage {
  return {
    ...lowerSpaceAlone(space),
    ...(lengthOfList(space, 'mappings') === 0
      ? undefined
      : { vmas: guardsLast(Array.from(itemsOf(space, 'mappings'), lowerMapping)) }),
  };
}

/**
 * Guard regions lie within other mappings, and CRIU wants them behind all of these: where it looks for room for its
 * restorer it takes the first of them for the end of the list (criu/cr-restore.c of 4.2, restorer_get_vma_hint).
 */
function guardsLast(vmas: readonly WireMessage[]): readonly WireMessage[] {
  const isGuard = ({ status }: WireMessage): boolean => ((status as number) & Status.guard) !== 0;
  const guards = vmas.filter(isGuard);
  return guards.length === 0 ? vmas : [...vmas.filter(vma => !isGuard(vma)), ...guards];
}

/** Pages by their map, head first; undefined where there is no map. */
export function liftPages(records: readonly ImageRecord[], label: string): Pages | undefined {
  const [head, ...entries] = records;
  if (head === undefined) return undefined;
  const payload = `memory/${label}/pages-${head.message.pages_id as number}.img`;
  const packed = packRuns(entries);
  return packed === undefined
    ? { payload, runs: entries.map(liftRuns()) }
    : withPacked({ payload }, 'runs', packed);
}

/** Lifts one run after the other: each begins where the one before it ended. */
function liftRuns(): (entry: ImageRecord) => PageRun {
  let at = 0;
  return ({ message }) => {
    const flags = (message.flags ?? 0) as number;
    const blocks = inner(message, 'blocks');
    const run: PageRun = {
      start: `0x${int64(message, 'vaddr').toString(16)}`,
      count: Number(int64(message, 'nr_pages')),
      state: state.lift(flags),
    };
    if (blocks !== undefined) run.compressed = liftMessage(compressedRun, blocks);
    if ((flags & PRESENT) === 0) return run;
    run.at = at;
    at += lengthOfRun(run);
    return run;
  };
}

/**
 * The records of a `pagemap` image: its head, and then an entry for each run. Throws `document-contradictory` where the payload
 * has no number.
 */
export function lowerPages(pages: Pages): ImageRecord[] {
  const number = /pages-(\d+)\.img$/.exec(pages.payload)?.[1];
  if (number === undefined) {
    throw fail('document-contradictory', { path: pages.payload, detail: 'CRIU names pages by number' });
  }
  let at = 0;
  const entries = Array.from(itemsOf(pages, 'runs'), (run): ImageRecord => {
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
