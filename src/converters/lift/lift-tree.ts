/** CRIU images to the neutral document. */
import type { ImageSet } from '../../image-format/criu/image-set.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { ImageCollector, ImageIndex } from '../image-index.js';
import { type LiftedPayload, PayloadStore } from '../payloads.js';
import { releaseOf } from '../release.js';
import { compareImages } from '../residue/compare.js';
import { liftSections, lowerSections } from '../sections/index.js';
import { fromNewest, toNewest } from '../steps/index.js';

export interface LiftOptions {
  /** Name of the tree in its bundle: its members lie under `memory/<label>/` and `payload/<label>/`. */
  readonly label: string;
  /** Version of the CRIU that wrote the images, such as "4.2.1". */
  readonly criu: string;
}

export interface LiftedTree {
  readonly tree: Tree;
  /** Bytes that the document refers to, to be written as members of the bundle. */
  readonly payloads: readonly LiftedPayload[];
}

/**
 * What one `criu dump` wrote, as the document says it. Page payloads are only named: the bundle has them under
 * `memory/<label>/<name that CRIU gave the file>`.
 *
 * Lossless by construction: what lowering the result would not give back is found by comparison and carried as residue.
 */
export function liftTree(set: ImageSet, { label, criu }: LiftOptions): LiftedTree {
  const release = releaseOf(criu);
  const payloads = new PayloadStore(label);
  const images = new ImageIndex(toNewest(set.images, release));
  const tree: Tree = {
    label,
    source: `criu ${criu}`,
    ...liftSections(images, { label, payloads }),
    pageFiles: set.pages.map(({ file, size }) => ({ member: `memory/${label}/${file}`, size })),
  };
  const described = new ImageCollector();
  lowerSections(tree, described, { resolve: payloads.resolve });
  const back = fromNewest(described.images, release, () => {});
  const residue = compareImages(set.images, back, (file, record) => described.place(file, record), payloads);
  return { tree: residue === undefined ? tree : { ...tree, residue }, payloads: payloads.members() };
}
