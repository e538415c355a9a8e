/** CRIU images to the neutral document. */
import type { Image, ImageSet } from '../../image-format/criu/image-set.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { ImageCollector, ImageIndex } from '../image-index.js';
import { type LiftedPayload, PayloadStore } from '../payloads.js';
import { releaseOf } from '../release.js';
import { Comparison } from '../residue/compare.js';
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

/** Images that grow with the memory of the processes. No step between releases looks at them together with others. */
const LARGE: ReadonlySet<string> = new Set(['mm', 'pagemap', 'pagemap-shmem']);

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
  const comparison = new Comparison(set.images, payloads);
  const compare = (list: readonly Image[], out: ImageCollector) => {
    for (const image of fromNewest(list, release, () => {})) {
      comparison.take(image, (file, record) => out.place(file, record));
    }
  };
  const described = new ImageCollector((image, out) => {
    if (!LARGE.has(image.kind)) return false;
    compare([image], out);
    return true;
  });
  lowerSections(tree, described, { resolve: payloads.resolve });
  compare(described.images, described);
  const residue = comparison.finish();
  return { tree: residue === undefined ? tree : { ...tree, residue }, payloads: payloads.members() };
}
