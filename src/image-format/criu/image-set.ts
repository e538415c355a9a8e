/**
 * CRIU's images as values: what `read-image-set.ts` makes of a directory and `write-image-set.ts` makes a directory
 * of. Nothing here does I/O.
 */

/**
 * 64-bit integers are bigint, narrower ones and enums number; `bytes` are Uint8Array; strings keep bytes that are not
 * UTF-8 as lone surrogates U+DC80..U+DCFF. Fields that are absent on the wire are absent here. Names are those of the
 * newest release. A field that no known release has is `#<tag>`: its raw bytes, keys included.
 */
export type WireScalar = number | bigint | boolean | string | Uint8Array;
export type WireValue = WireScalar | WireMessage | readonly WireScalar[] | readonly WireMessage[];
export interface WireMessage {
  readonly [field: string]: WireValue;
}

/** Bytes outside protobuf: in memory, or where they lie in a file that is never read into JavaScript whole. */
export type Payload = { readonly in: 'memory'; readonly bytes: Uint8Array } | PayloadInFile;

export interface PayloadInFile {
  readonly in: 'file';
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  /** Of a file whose place others can put something else in meanwhile: which one it is (see `FileItself`). */
  readonly identity?: string;
}

/** Bytes of a payload. */
export function lengthOf(payload: Payload): number {
  return payload.in === 'memory' ? payload.bytes.length : payload.length;
}

/** One entry of an image: its message, and the raw bytes that follow it in the kinds that have some. */
export interface ImageRecord {
  /** The message's name, only where it is not the kind's main one (`pagemap_head`, `ghost_chunk_entry`, `ipc_msg`). */
  readonly type?: string;
  readonly message: WireMessage;
  readonly payload?: Payload;
}

/** An image of messages. `kind` names a row of the table in `kinds.ts`; `file` is a name without a directory. */
export interface RecordsImage {
  readonly file: string;
  readonly kind: string;
  readonly form: 'records';
  readonly records: readonly ImageRecord[];
}

/** An image in a format that is not CRIU's (dumps of `ip` and `iptables`, archives, a plugin's). */
export interface RawImage {
  readonly file: string;
  readonly kind: string;
  readonly form: 'raw';
  readonly content: Payload;
}

export type Image = RecordsImage | RawImage;

/** An image that is read when somebody asks for it, each time anew: those that grow with the memory of processes. */
export interface DeferredImage {
  readonly file: string;
  readonly kind: string;
  /** Throws what reading it would have thrown. */
  read(): RecordsImage;
}

/** A page payload file (`pages-N.img`): moved or linked, never read here. */
export interface PagesFile {
  readonly file: string;
  readonly size: number;
}

/** The CRIU releases whose wire format we know, oldest first. */
export const CRIU_VERSIONS = ['3.17.1', '3.18', '3.19', '4.0', '4.1.1', '4.2.1', '4.3'] as const;
export type CriuVersion = (typeof CRIU_VERSIONS)[number];

/** Everything that one `criu dump` wrote. */
export interface ImageSet {
  readonly images: readonly Image[];
  readonly pages: readonly PagesFile[];
  /** Where CRIU's link to the dump before leads, in an incremental dump: a path relative to the directory. */
  readonly parent?: string;
}

/** The same, with its large images left where they are. */
export interface ScannedImageSet extends ImageSet {
  readonly deferred: readonly DeferredImage[];
}

/** All images of a set, the deferred ones last: nobody has to keep more than one of these. */
export function* everyImage(set: ImageSet | ScannedImageSet): Generator<Image> {
  yield* set.images;
  for (const image of 'deferred' in set ? set.deferred : []) yield image.read();
}
