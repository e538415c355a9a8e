/** A section converts one part of the tree in both directions. */
import type { Tree } from '../../image-format/neutral/index.js';
import type { ImageCollector, ImageIndex } from '../image-index.js';
import type { PayloadResolver, PayloadSink } from '../payloads.js';
import type { MemoryImages } from './memory.js';

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
