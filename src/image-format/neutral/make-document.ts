/** A document made of its parts. No schemas here. */
import type { Document, Origin } from './document.js';
import { FORMAT } from './format.js';
import { type SectionRow, sectionsOf } from './sections.js';
import type { Tree } from './tree.js';

/**
 * A document of the current format.
 * @param others rows of sections that the trees have and only other readers know
 */
export function makeDocument(origin: Origin, trees: Tree[], others: readonly SectionRow[] = []): Document {
  return { format: FORMAT, origin, sections: sectionsOf(trees, others), trees };
}
