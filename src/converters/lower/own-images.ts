/** The images that a tree was lifted from: what the document describes, with the residue. */
import type { CriuVersion, DeferredImage, Image, RecordsImage } from '../../image-format/criu/image-set.js';
import { LARGE_KINDS } from '../../image-format/criu/kinds.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { ImageCollector } from '../image-index.js';
import type { PayloadResolver } from '../payloads.js';
import { contradictory, fieldsByFile, uncarryImage, withFields } from '../residue/apply.js';
import { lowerSections } from '../sections/index.js';
import { fromNewest } from '../steps/index.js';
import type { Lost } from '../steps/step.js';

/** Images in the form of one release; large ones are made when they are read, each time anew. */
export interface DescribedImages {
  readonly images: readonly Image[];
  readonly deferred: ReadonlyMap<string, TellingImage>;
  /** The document's object behind a record of an image file. */
  readonly place: (file: string, record: number) => string | undefined;
}

/** An image that says what is lost when it is read for the first time. */
export interface TellingImage extends DeferredImage {
  read(lost?: Lost): RecordsImage;
}

const ignore: Lost = () => {};

/**
 * Which losses are told on the way to the tree's own release: what the rules between releases take away there comes back by
 * the residue, or on the way up, where the images go on to another release.
 */
export type Telling = 'all' | 'without-steps';

/** What the document says, and not what it only carries. */
export function describedImages(
  tree: Tree,
  release: CriuVersion,
  resolve: PayloadResolver,
  lost: Lost = ignore,
  telling: Telling = 'all',
): DescribedImages {
  const out = new ImageCollector();
  lowerSections(tree, out, { resolve });
  const deferred = new Map<string, TellingImage>();
  for (const [file, image] of out.deferred) {
    const read = (tell: Lost = ignore): RecordsImage => inRelease(image.read(), release, tell, telling);
    deferred.set(file, { file, kind: image.kind, read });
  }
  return {
    images: fromNewest(out.images, release, lost, telling === 'all' ? lost : ignore),
    deferred,
    place: (file, record) => out.place(file, record),
  };
}

/** Large images stand alone in every step between releases: a test holds that. */
function inRelease(image: RecordsImage, release: CriuVersion, lost: Lost, telling: Telling): RecordsImage {
  const [form] = fromNewest([image], release, lost, telling === 'all' ? lost : ignore);
  return form?.form === 'records' ? form : image;
}

/** The same with what it carries: for the release that the tree was lifted from, the very images. */
export function ownImages(
  tree: Tree,
  release: CriuVersion,
  resolve: PayloadResolver,
  lost: Lost = ignore,
  telling: Telling = 'all',
): DescribedImages {
  const described = describedImages(tree, release, resolve, lost, telling);
  if (tree.residue === undefined) return described;
  const fields = fieldsByFile(tree.residue.fields);
  const images = new Map<string, Image>(described.images.map(image => [image.file, image]));
  const deferred = new Map<string, TellingImage>(described.deferred);
  for (const carried of tree.residue.images ?? []) {
    const { file, image: kind, content } = carried;
    images.delete(file);
    deferred.delete(file);
    if (carried.absent === true) continue;
    if (content === undefined && LARGE_KINDS.has(kind)) {
      const read = (): RecordsImage => recordsOf(uncarryImage(carried, resolve));
      deferred.set(file, { file, kind, read });
    } else images.set(file, uncarryImage(carried, resolve));
  }
  for (const [file, own] of fields) {
    const image = images.get(file);
    const large = deferred.get(file);
    if (image !== undefined) images.set(file, withFields(image, own));
    else if (large !== undefined) {
      deferred.set(file, { ...large, read: tell => withFields(large.read(tell), own) });
    } else throw contradictory(file, 'there is no such image');
  }
  return { images: [...images.values()], deferred, place: described.place };
}

function recordsOf(image: Image): RecordsImage {
  if (image.form === 'records') return image;
  throw contradictory(image.file, 'it holds no records');
}
