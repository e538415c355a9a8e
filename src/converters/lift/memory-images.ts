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
import type { Comparison } from '../residue/compare.js';
import {
  type LiftedSpace,
  liftPages,
  liftSpace,
  lowerPages,
  lowerSpace,
  lowerSpaceAlone,
  type MemoryImages,
} from '../sections/memory.js';
import { MappingForms } from '../sections/packed-mappings.js';
import { fromNewest, toNewest } from '../steps/index.js';

export class DeferredMemoryImages implements MemoryImages {
  private readonly forms = new MappingForms();
  private readonly pool = new PartPool();

  constructor(
    private readonly images: ReadonlyMap<string, DeferredImage>,
    private readonly options: {
      readonly release: CriuVersion;
      readonly label: string;
      /** Gets each image together with what the document says of it. */
      readonly comparison: Comparison;
    },
  ) {}

  space(pid: number): LiftedSpace | undefined {
    const image = this.read(`mm-${pid}.img`);
    const message = image?.newest.records[0]?.message;
    if (image === undefined || message === undefined) return undefined;
    const { space, exact } = liftSpace(message, this.forms, this.pool);
    const { vmas } = message;
    const lifted = space('memory-0');
    // mappings that are known to come back as they are need not be made for the comparison
    const described = exact
      ? { ...lowerSpaceAlone(lifted), ...(vmas === undefined ? undefined : { vmas }) }
      : lowerSpace(lifted);
    this.compare(image.original, [{ message: described }]);
    return space;
  }

  pages(kind: 'pagemap' | 'pagemap-shmem', id: number | string): Pages | undefined {
    const image = this.read(`${kind}-${id}.img`);
    if (image === undefined) return undefined;
    const { records } = image.newest;
    const pages = liftPages(records, this.options.label);
    if (pages === undefined) return undefined;
    const exact = packedFields(pages) !== undefined;
    this.compare(
      image.original,
      exact ? [...lowerPages({ payload: pages.payload, runs: [] }), ...records.slice(1)] : lowerPages(pages),
    );
    return pages;
  }

  segments(): Iterable<string> {
    const name = /^pagemap-shmem-(.*)\.img$/;
    return [...this.images.keys()].flatMap(file => name.exec(file)?.slice(1, 2) ?? []);
  }

  private read(file: string): { original: RecordsImage; newest: RecordsImage } | undefined {
    const original = this.images.get(file)?.read();
    if (original === undefined) return undefined;
    const [newest] = toNewest([original], this.options.release);
    return newest?.form === 'records' ? { original, newest } : undefined;
  }

  private compare(original: RecordsImage, records: readonly ImageRecord[]): void {
    const [described] = fromNewest([{ ...original, records }], this.options.release, () => {});
    if (described?.form === 'records') this.options.comparison.takeLarge(original, described);
  }
}
