/** CRIU images to the neutral document. */

import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import type {
  CriuVersion,
  DeferredImage,
  Image,
  ImageSet,
  ScannedImageSet,
} from '../../image-format/criu/image-set.js';
import { LARGE_KINDS } from '../../image-format/criu/kinds.js';
import type { Residue, Tree } from '../../image-format/neutral/index.js';
import { ImageCollector, ImageIndex } from '../image-index.js';
import { type PayloadResolver, type PayloadSink, PayloadStore } from '../payloads.js';
import { releaseOf } from '../release.js';
import { Comparison } from '../residue/compare.js';
import { type LiftedSections, liftSections, lowerSections } from '../sections/index.js';
import { fromNewest, standsAlone, toNewest } from '../steps/index.js';
import { DeferredMemoryImages, MemoryLifter } from './memory-images.js';

export interface LiftOptions {
  /** Name of the tree in its bundle: its members lie under `memory/<label>/` and `payload/<label>/`. */
  readonly label: string;
  /** Version of the CRIU that wrote the images, such as "4.2.1". */
  readonly criu: string;
  /** Has lifted some images of address spaces already (`memoryLifter`). */
  readonly lifter?: MemoryLifter | undefined;
}

export interface LiftedTree {
  readonly tree: Tree;
  /** Bytes that the document refers to, to be written as members of the bundle. */
  readonly payloads: readonly BundlePayload[];
}

/**
 * What one `criu dump` wrote, as the document says it. Page payloads are only named: the bundle has them under
 * `memory/<label>/<name that CRIU gave the file>`.
 *
 * Lossless by construction: what lowering the result would not give back is found by comparison and carried as residue.
 * Images that grow with the memory of the processes are taken one by one, and each of them is read once.
 */
export function liftTree(set: ImageSet | ScannedImageSet, { label, criu, lifter }: LiftOptions): LiftedTree {
  const payloads = new PayloadStore(label);
  const { sections, residue } = liftImages(set, {
    label,
    release: releaseOf(criu),
    payloads,
    resolve: payloads.resolve,
    lifter,
  });
  const pageFiles = set.pages.map(({ file, size }) => ({ member: `memory/${label}/${file}`, size }));
  const tree: Tree = { label, source: `criu ${criu}`, ...sections, pageFiles };
  return { tree: residue === undefined ? tree : { ...tree, residue }, payloads: payloads.members() };
}

/** Lifts images of address spaces of a dump before the rest of it is there. */
export function memoryLifter({ label, criu }: Omit<LiftOptions, 'lifter'>): MemoryLifter {
  return new MemoryLifter({ label, release: releaseOf(criu) });
}

/** The images in the words of the document, and what these leave out. */
export function liftImages(
  set: ImageSet | ScannedImageSet,
  {
    label,
    release,
    payloads,
    resolve,
    lifter = new MemoryLifter({ label, release }),
  }: {
    readonly label: string;
    readonly release: CriuVersion;
    readonly payloads: PayloadSink;
    /** Gives back what `payloads` took. */
    readonly resolve: PayloadResolver;
    readonly lifter?: MemoryLifter | undefined;
  },
): { readonly sections: LiftedSections; readonly residue: Residue | undefined } {
  const { small, large } = bySize(set);
  const comparison = new Comparison(small, payloads, large);
  const memoryImages = new DeferredMemoryImages(large, lifter, comparison);
  const images = new ImageIndex(toNewest(small, release));
  const sections = liftSections(images, { label, payloads, memoryImages });
  const compare = (described: readonly Image[]): void => {
    for (const image of fromNewest(described, release, () => {})) comparison.take(image);
  };
  const alone = standsAlone(release);
  const described = new ImageCollector(image => {
    if (!alone(image.kind)) return false;
    compare([image]);
    return true;
  });
  lowerSections({ label, source: '', pageFiles: [], ...sections }, described, { resolve });
  compare(described.images);
  const residue = comparison.finish((file, record) => described.place(file, record), described.deferred);
  return { sections, residue };
}

/** Large images by file, whether they were read or not, and the others. No step between releases looks at both. */
function bySize(set: ImageSet | ScannedImageSet): {
  readonly small: readonly Image[];
  readonly large: ReadonlyMap<string, DeferredImage>;
} {
  const large = new Map<string, DeferredImage>();
  const small = set.images.filter(image => {
    if (image.form !== 'records' || !LARGE_KINDS.has(image.kind)) return true;
    large.set(image.file, { file: image.file, kind: image.kind, read: () => image });
    return false;
  });
  for (const image of 'deferred' in set ? set.deferred : []) large.set(image.file, image);
  return { small, large };
}
