/** A section converts one part of the tree in both directions. */
import type { Memory, Pages, Tree } from '../../image-format/neutral/index.js';
import type { ImageCollector, ImageIndex } from '../image-index.js';
import type { PayloadResolver, PayloadSink } from '../payloads.js';

/** An address space without its pages and the name that it has in the document. */
export type LiftedSpace = (id: string) => Memory;

/** Where a lift finds the images of address spaces: each of them is asked for once. */
export interface MemoryImages {
  space(pid: number): LiftedSpace | undefined;
  pages(kind: 'pagemap' | 'pagemap-shmem', id: number | string): Pages | undefined;
  /** Shared segments that have pages. */
  segments(): Iterable<string>;
}

export interface LiftContext {
  /** Name of the tree in its bundle. */
  readonly label: string;
  readonly payloads: PayloadSink;
  /** Where the images of address spaces are, if they are not among the others. */
  readonly memoryImages?: MemoryImages;
}

export interface LowerContext {
  readonly resolve: PayloadResolver;
}

/**
 * Both directions of one part of the tree. Images are in the dialect of the newest CRIU that we know; `steps/` brings
 * others there and back. What `lift` does not take up, and what `lower` does not give back, is carried as residue.
 */
export interface Section<K extends keyof Tree> {
  lift(images: ImageIndex, context: LiftContext): Pick<Tree, K>;
  lower(tree: Tree, out: ImageCollector, context: LowerContext): void;
}
