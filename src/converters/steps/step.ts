/** A rule that crosses CRIU releases: how one form of a thing on the wire becomes the other. */
import type { CriuVersion, Image, ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';

/** Something that the target has no place for. */
export interface Loss {
  /** What is lost: message and field of the wire, or section and field of the document. */
  readonly field: string;
  /** Where: an image file and record, or a JSON pointer into the tree. */
  readonly at: string;
  /** harmless: no process can tell; degrading: some can, and run on; fatal: they would not come back, or not right. */
  readonly severity: 'harmless' | 'degrading' | 'fatal';
  readonly reason: string;
}

export type Lost = (loss: Loss) => void;

export interface WireStep {
  readonly name: string;
  /** The oldest known release that has the new form. */
  readonly since: CriuVersion;
  /** Kinds of images that it has to see all at once; those of other kinds may come one by one. */
  readonly together: readonly string[];
  /** From the old form to the new one. */
  up(images: readonly Image[]): readonly Image[];
  /** From the new form to the old one; says what the old one has no place for. */
  down(images: readonly Image[], lost: Lost): readonly Image[];
}

/** The images with the records of some kinds changed. An unchanged record stays the same object. */
export function mapRecords(
  images: readonly Image[],
  kinds: readonly string[],
  change: (record: ImageRecord, file: string) => ImageRecord,
): readonly Image[] {
  return images.map(image =>
    image.form === 'records' && kinds.includes(image.kind)
      ? { ...image, records: image.records.map(record => change(record, image.file)) }
      : image,
  );
}

/** A record with its message changed. */
export function withMessage(record: ImageRecord, message: WireMessage): ImageRecord {
  return record.message === message ? record : { ...record, message };
}

/** A message without some of its fields. */
export function without(message: WireMessage, ...fields: readonly string[]): WireMessage {
  const out = { ...message } as Record<string, WireMessage[string]>;
  for (const field of fields) delete out[field];
  return out;
}
