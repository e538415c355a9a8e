/** Images of address spaces, lifted one after the other: none is kept once the document has what it says. */
import type {
  CriuVersion,
  DeferredImage,
  ImageRecord,
  RecordsImage,
} from '../../image-format/criu/image-set.js';
import type { Pages } from '../../image-format/neutral/index.js';
import { packedFields } from '../../image-format/neutral/packed-list.js';
import { PartPool } from '../../image-format/neutral/share-parts.js';
import { type Comparison, compareImage, type ImageDifference } from '../residue/compare.js';
import { liftPages, liftSpace, lowerPages, lowerSpace, lowerSpaceAlone } from '../sections/memory.js';
import { MappingForms } from '../sections/packed-mappings.js';
import type { LiftedSpace, MemoryImages } from '../sections/section.js';
import { fromNewest, toNewest } from '../steps/index.js';

/** What an image says, and what the document leaves out of it. */
interface LiftedImage {
  /** Of an `mm` image. */
  readonly space?: LiftedSpace | undefined;
  /** Of a page map. */
  readonly pages?: Pages | undefined;
  readonly difference: ImageDifference | undefined;
}

/**
 * Lifts images of address spaces, each by itself and at any time: some perhaps long before the rest of the dump is there
 * (`liftAhead`), and those not again.
 */
export class MemoryLifter {
  private readonly forms = new MappingForms();
  private readonly pool = new PartPool();
  private readonly ahead = new Map<string, LiftedImage>();

  constructor(private readonly options: { readonly release: CriuVersion; readonly label: string }) {}

  /** Lifts an image before the rest is there. What is wrong with it is only said when it is lifted for good. */
  liftAhead(image: RecordsImage): void {
    this.ahead.set(image.file, this.lift(image));
  }

  /** Gives up what was lifted of an image that was not all there. */
  forget(file: string): void {
    this.ahead.delete(file);
  }

  /** What an image says; `image` is read where that is not known yet. */
  take(image: DeferredImage): LiftedImage {
    return this.ahead.get(image.file) ?? this.lift(image.read());
  }

  private lift(original: RecordsImage): LiftedImage {
    const [newest] = toNewest([original], this.options.release);
    const records = newest?.form === 'records' ? newest.records : [];
    return original.kind === 'mm' ? this.liftSpace(original, records) : this.liftPages(original, records);
  }

  private liftSpace(original: RecordsImage, records: readonly ImageRecord[]): LiftedImage {
    const message = records[0]?.message;
    if (message === undefined) return { difference: undefined };
    const { space, exact } = liftSpace(message, this.forms, this.pool);
    const { vmas } = message;
    const lifted = space('memory-0');
    // mappings that are known to come back as they are need not be made for the comparison
    const described = exact
      ? { ...lowerSpaceAlone(lifted), ...(vmas === undefined ? undefined : { vmas }) }
      : lowerSpace(lifted);
    return { space, difference: this.compare(original, [{ message: described }]) };
  }

  private liftPages(original: RecordsImage, records: readonly ImageRecord[]): LiftedImage {
    const pages = liftPages(records, this.options.label);
    if (pages === undefined) return { difference: undefined };
    const exact = packedFields(pages) !== undefined;
    const described = exact
      ? [...lowerPages({ payload: pages.payload, runs: [] }), ...records.slice(1)]
      : lowerPages(pages);
    return { pages, difference: this.compare(original, described) };
  }

  private compare(original: RecordsImage, records: readonly ImageRecord[]): ImageDifference | undefined {
    const [described] = fromNewest([{ ...original, records }], this.options.release, () => {});
    return described?.form === 'records' ? compareImage(original, described) : undefined;
  }
}

/** The images of address spaces of a whole dump. */
export class DeferredMemoryImages implements MemoryImages {
  constructor(
    private readonly images: ReadonlyMap<string, DeferredImage>,
    private readonly lifter: MemoryLifter,
    /** Gets what the document leaves out of each image. */
    private readonly comparison: Comparison,
  ) {}

  space(pid: number): LiftedSpace | undefined {
    return this.take(`mm-${pid}.img`)?.space;
  }

  pages(kind: 'pagemap' | 'pagemap-shmem', id: number | string): Pages | undefined {
    return this.take(`${kind}-${id}.img`)?.pages;
  }

  segments(): Iterable<string> {
    const name = /^pagemap-shmem-(.*)\.img$/;
    return [...this.images.keys()].flatMap(file => name.exec(file)?.slice(1, 2) ?? []);
  }

  private take(file: string): LiftedImage | undefined {
    const image = this.images.get(file);
    if (image === undefined) return undefined;
    const lifted = this.lifter.take(image);
    this.comparison.takeDifference(lifted.difference);
    return lifted;
  }
}
