/** Images for a restore right away, on the system that they are made on. */
import type { Tree } from '../../image-format/neutral/index.js';
import { mendImages } from '../mends/index.js';
import type { Mend } from '../mends/mend.js';
import { type LoweredTree, type LowerOptions, lowerTree } from './lower-tree.js';

export interface RestorableTree extends LoweredTree {
  /** What was changed because CRIU would bring it back wrong. */
  readonly mends: readonly Mend[];
}

/** `lowerTree`, with the images mended: what `ckpt thaw` gives to CRIU, and `ckpt convert --to this-host` writes. */
export function lowerForRestore(tree: Tree, options: LowerOptions): RestorableTree {
  const lowered = lowerTree(tree, options);
  const { images, applied } = mendImages(lowered.images, options.target.criu);
  return { ...lowered, images, mends: applied };
}
