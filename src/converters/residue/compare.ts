/**
 * What images say beyond what the document describes: the difference between the images as they are and the images
 * that the document gives. Adding it to the latter gives the former, so nothing can be lost silently, whatever the
 * shapes and sections leave out or get wrong.
 */
import type {
  DeferredImage,
  Image,
  Payload,
  RecordsImage,
  WireMessage,
  WireValue,
} from '../../image-format/criu/image-set.js';
import { lengthOf } from '../../image-format/criu/image-set.js';
import type { CarriedField, CarriedImage, Residue } from '../../image-format/neutral/index.js';
import { EMPTY, type PayloadSink } from '../payloads.js';
import { sameValue } from '../shapes/shape.js';
import { CarryBudget, carry, carryMessage, countValues } from './carried.js';

type Path = (string | number)[];
/** The document's object behind a record of an image file. */
type PlaceOf = (file: string, record: number) => string | undefined;

/** Images of both sorts, the large ones by file. */
interface Images {
  readonly images: readonly Image[];
  readonly deferred: ReadonlyMap<string, DeferredImage>;
}

/**
 * What images have that the document, lowered again, does not say: undefined where it says all of it. Payloads that have to be
 * carried go to the sink.
 */
export function compareImages(
  actual: Images,
  described: Images & { readonly place: PlaceOf },
  payloads: PayloadSink,
): Residue | undefined {
  const comparison = new Comparison(actual.images, payloads, actual.deferred);
  for (const image of described.images) comparison.take(image);
  for (const [file, image] of described.deferred) {
    const other = actual.deferred.get(file);
    if (other !== undefined) comparison.takeLarge(other.read(), image.read());
  }
  return comparison.finish(described.place, described.deferred);
}

/** A difference, without its place in the document, which may not be known yet. */
type Difference = Omit<CarriedField, 'at'>;

/** How one image differs from what the document says of it. */
export interface ImageDifference {
  readonly file: string;
  readonly fields: readonly Difference[];
  /** What it takes of the budget of the whole. */
  readonly cost: number;
}

/**
 * Compares one image with what the document says of it; undefined where the two are too different to be told apart field
 * by field.
 * @throws image-excessive
 */
export function compareImage(image: RecordsImage, described: RecordsImage): ImageDifference | undefined {
  if (!comparable(image, described)) return undefined;
  const budget = new CarryBudget();
  const fields: Difference[] = [];
  compareRecords(image, described, fields, budget);
  return { file: image.file, fields, cost: budget.spent };
}

/** Takes described images one after the other; large ones with what they are compared to, so that nobody keeps them. */
export class Comparison {
  private readonly actual: ReadonlyMap<string, Image>;
  private readonly same = new Set<string>();
  private readonly fields: Difference[] = [];
  private readonly absent: CarriedImage[] = [];
  private readonly budget = new CarryBudget();

  /** @param large images that `takeLarge` gets, by file */
  constructor(
    actual: readonly Image[],
    private readonly payloads: PayloadSink,
    private readonly large: ReadonlyMap<string, DeferredImage> = new Map(),
  ) {
    this.actual = new Map(actual.map(image => [image.file, image]));
  }

  take(described: Image): void {
    const { file, kind } = described;
    const image = this.actual.get(file);
    if (image === undefined) {
      this.budget.spend(1, file);
      this.absent.push({ image: kind, file, absent: true });
    } else if (image.form === 'records' && described.form === 'records') this.takeLarge(image, described);
    else if (
      image.form === 'raw' &&
      described.form === 'raw' &&
      samePayload(image.content, described.content)
    ) {
      this.same.add(file);
    }
  }

  takeLarge(image: RecordsImage, described: RecordsImage): void {
    this.takeDifference(compareImage(image, described));
  }

  /** Takes an image that has been compared. */
  takeDifference(difference: ImageDifference | undefined): void {
    if (difference === undefined) return;
    this.budget.spend(difference.cost, difference.file);
    for (const field of difference.fields) this.fields.push(field);
    this.same.add(difference.file);
  }

  /**
   * The residue: differences in fields, and images that were not described or are too different.
   * @param announced the large images that the document describes, by file
   */
  finish(
    place: PlaceOf,
    announced: ReadonlyMap<string, Pick<DeferredImage, 'kind'>> = new Map(),
  ): Residue | undefined {
    const isSame = (file: string) => this.same.has(file) && (!this.large.has(file) || announced.has(file));
    const fields = this.fields
      .filter(({ file }) => isSame(file))
      .map(({ image, file, record, path, value }): CarriedField => {
        const at = place(file, record);
        return {
          ...{ image, file, record, path },
          ...(at === undefined ? undefined : { at }),
          ...(value === undefined ? undefined : { value }),
        };
      });
    const images = [
      ...[...this.actual.values()].filter(({ file }) => !isSame(file)),
      ...[...this.large.values()].filter(({ file }) => !isSame(file)).map(image => image.read()),
    ].map(image => carryImage(image, this.payloads, this.budget));
    for (const [file, { kind: image }] of announced) {
      if (!this.large.has(file)) this.absent.push({ image, file, absent: true });
    }
    for (const image of this.absent) images.push(image);
    if (fields.length === 0 && images.length === 0) return undefined;
    return {
      ...(fields.length === 0 ? undefined : { fields }),
      ...(images.length === 0 ? undefined : { images }),
    };
  }
}

/** Field by field, where there are as many records with the same payloads; otherwise the image is carried whole. */
function comparable(a: RecordsImage, b: RecordsImage): boolean {
  return (
    a.records.length === b.records.length &&
    a.records.every((record, i) => {
      if (record.type !== b.records[i]?.type) return false;
      return samePayload(record.payload ?? EMPTY, b.records[i]?.payload ?? EMPTY);
    })
  );
}

function samePayload(a: Payload, b: Payload): boolean {
  if (a === b || (lengthOf(a) === 0 && lengthOf(b) === 0)) return true;
  if (a.in === 'memory' && b.in === 'memory') return Buffer.compare(a.bytes, b.bytes) === 0;
  return (
    a.in === 'file' && b.in === 'file' && a.path === b.path && a.offset === b.offset && a.length === b.length
  );
}

function compareRecords(a: RecordsImage, b: RecordsImage, out: Difference[], budget: CarryBudget): void {
  for (let record = 0; record < a.records.length; record++) {
    const left = a.records[record]?.message ?? {};
    const right = b.records[record]?.message ?? {};
    if (left === right) continue;
    compareMessages(left, right, [], (path, value) => {
      // one for the difference, and one for each step of the way to it
      budget.spend(1 + path.length + (value === undefined ? 0 : countValues(value)), a.file);
      const where = { image: a.kind, file: a.file, record, path };
      out.push(value === undefined ? where : { ...where, value: carry(value) });
    });
  }
}

function compareMessages(
  a: WireMessage,
  b: WireMessage,
  path: Path,
  report: (path: Path, value: WireValue | undefined) => void,
): void {
  for (const key in a) compareValues(a[key], b[key], path, key, report);
  for (const key in b) if (a[key] === undefined && b[key] !== undefined) report([...path, key], undefined);
}

function compareValues(
  a: WireValue | undefined,
  b: WireValue | undefined,
  path: Path,
  key: string | number,
  report: (path: Path, value: WireValue | undefined) => void,
): void {
  if (a === b || a === undefined) return;
  if (isMessages(a) && isMessages(b) && a.length === b.length) {
    for (let i = 0; i < a.length; i++) {
      const left = a[i] as WireMessage;
      const right = b[i] as WireMessage;
      if (left !== right) compareMessages(left, right, [...path, key, i], report);
    }
  } else if (isMessage(a) && isMessage(b)) compareMessages(a, b, [...path, key], report);
  else if (!sameValue(a, b)) report([...path, key], a);
}

function isMessage(value: WireValue | undefined): value is WireMessage {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function isMessages(value: WireValue | undefined): value is readonly WireMessage[] {
  return Array.isArray(value) && isMessage(value[0] as WireValue | undefined);
}

function carryImage(image: Image, payloads: PayloadSink, budget: CarryBudget): CarriedImage {
  const place = { image: image.kind, file: image.file };
  const name = image.file.replace(/\.img$/, '');
  if (image.form === 'raw') return { ...place, content: payloads.add(name, image.content) };
  for (const { message } of image.records) budget.spend(1 + countValues(message), image.file);
  return {
    ...place,
    records: image.records.map(({ type, message, payload }, index) => ({
      ...(type === undefined ? undefined : { type }),
      message: carryMessage(message),
      ...(payload === undefined ? undefined : { payload: payloads.add(`${name}-${index}`, payload) }),
    })),
  };
}
