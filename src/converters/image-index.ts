/** Images by kind and number, for reading; and a collector of images, for writing. Pure. */
import type {
  DeferredImage,
  Image,
  ImageRecord,
  Payload,
  RecordsImage,
  WireMessage,
  WireValue,
} from '../image-format/criu/image-set.js';

/** Finds images of a set by kind and by what stands after the kind in the file's name. */
export class ImageIndex {
  private readonly byKind = new Map<string, Map<string, RecordsImage>>();
  private readonly rawByKind = new Map<string, Map<string, Payload>>();

  constructor(images: readonly Image[]) {
    for (const image of images) {
      if (image.form !== 'records') {
        const raw = this.rawByKind.get(image.kind) ?? new Map<string, Payload>();
        this.rawByKind.set(image.kind, raw.set(idOf(image), image.content));
        continue;
      }
      const files = this.byKind.get(image.kind) ?? new Map<string, RecordsImage>();
      this.byKind.set(image.kind, files.set(idOf(image), image));
    }
  }

  /** The records of an image, or none where there is no such image. */
  records(kind: string, id: number | string = ''): readonly ImageRecord[] {
    return this.byKind.get(kind)?.get(String(id))?.records ?? [];
  }

  /** The message of the first record. */
  first(kind: string, id: number | string = ''): WireMessage | undefined {
    return this.records(kind, id)[0]?.message;
  }

  /** The content of an image that is not made of records. */
  raw(kind: string, id: number | string): Payload | undefined {
    return this.rawByKind.get(kind)?.get(String(id));
  }

  /** All images of a kind that are not made of records. */
  allRaw(kind: string): Iterable<[id: string, content: Payload]> {
    return this.rawByKind.get(kind) ?? [];
  }

  /** What stands after the kind in the names of all images of some kinds, each once. */
  ids(...kinds: readonly string[]): string[] {
    const found = kinds.flatMap(kind => [
      ...(this.byKind.get(kind)?.keys() ?? []),
      ...(this.rawByKind.get(kind)?.keys() ?? []),
    ]);
    return [...new Set(found)];
  }

  has(kind: string, id: number | string = ''): boolean {
    return this.byKind.get(kind)?.has(String(id)) ?? false;
  }

  /** All images of a kind, by what stands after the kind in the file's name, in the order of the set. */
  all(kind: string): Iterable<[id: string, image: RecordsImage]> {
    return this.byKind.get(kind) ?? [];
  }
}

/** Kinds whose files are named in another way than the rest. */
const SUFFIXES: Readonly<Record<string, string>> = {
  stats: '',
  'irmap-cache': '',
  tmpfs: '.tar.gz.img',
  'tmpfs-dev': '.tar.gz.img',
};

function fileOf(kind: string, id: number | string): string {
  return `${kind}${id === '' ? '' : `-${id}`}${SUFFIXES[kind] ?? '.img'}`;
}

function idOf(image: Image): string {
  return image.file
    .slice(image.kind.length + 1)
    .replace(/(\.tar\.gz)?\.img$/, '')
    .replace(/^img$/, '');
}

/** Collects the images that a document describes, each record with the place in the document that it comes from. */
export class ImageCollector {
  readonly images: Image[] = [];
  /** Images that are made when somebody asks for them, by file: those that grow with the memory of the processes. */
  readonly deferred = new Map<string, DeferredImage>();
  private readonly places = new Map<string, readonly string[]>();

  /** @param take gets each image at once; one that it takes (says true to) is not kept */
  constructor(private readonly take: (image: Image) => boolean = () => false) {}

  /** Adds an image of records. `at` names the document's object of each record, or one object for all of them. */
  add(
    kind: string,
    id: number | string,
    records: readonly ImageRecord[],
    at: string | readonly string[],
  ): void {
    const file = fileOf(kind, id);
    this.places.set(file, typeof at === 'string' ? [at] : at);
    const image: Image = { file, kind, form: 'records', records };
    if (!this.take(image)) this.images.push(image);
  }

  /** Adds an image whose records are made each time that it is read. `at` is the document's object that it comes from. */
  defer(kind: string, id: number | string, records: () => readonly ImageRecord[], at: string): void {
    const file = fileOf(kind, id);
    this.places.set(file, [at]);
    this.deferred.set(file, {
      file,
      kind,
      read: () => ({ file, kind, form: 'records', records: records() }),
    });
  }

  /** Adds an image that is not made of records. */
  addRaw(kind: string, id: number | string, content: Payload): void {
    this.images.push({ file: fileOf(kind, id), kind, form: 'raw', content });
  }

  /** The document's object behind a record. */
  place(file: string, record: number): string | undefined {
    const places = this.places.get(file);
    return places?.length === 1 ? places[0] : places?.[record];
  }
}

/** A nested message, or undefined. */
export function inner(message: WireMessage | undefined, field: string): WireMessage | undefined {
  return message?.[field] as WireMessage | undefined;
}

/** A repeated field, or an empty list. */
export function many<T = WireMessage>(message: WireMessage | undefined, field: string): readonly T[] {
  return (message?.[field] ?? []) as readonly T[];
}

/** A 64-bit field; an absent one is 0, as on the wire. */
export function int64(message: WireMessage, field: string): bigint {
  const value = message[field];
  return typeof value === 'bigint' ? value : 0n;
}

/** Leaves out fields that are undefined: absent on the wire is absent in the value. */
export function compact(fields: Readonly<Record<string, WireValue | undefined>>): WireMessage {
  const out: Record<string, WireValue> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) out[key] = value;
  }
  return out;
}

/** The number at the end of an ID of the document: 17 of `pipe-17`. */
export function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}
