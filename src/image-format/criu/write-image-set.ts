/** Writes CRIU images: every metadata file of a set, readable by root only. */
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../errors.js';
import {
  type CriuVersion,
  everyImage,
  type Image,
  type ImageSet,
  type Payload,
  type ScannedImageSet,
} from './image-set.js';
import { kindOfFile } from './kinds.js';
import { piecesOf, writeAll } from './payload-bytes.js';
import { writeRecords } from './records.js';
import { WireWriter } from './wire-writer.js';

/** One buffer for all images: it grows to the largest once. */
const scratch = new WireWriter();

export interface WriteOptions {
  /** The release that will read the images: a field that it does not know is a failure. Absent: any known field. */
  readonly version?: CriuVersion;
}

/**
 * Writes the metadata files of a set into an existing directory (mode 0600); page payloads are the caller's to move or
 * link. A file that exists already is a failure, and so is a name that is no image's: nothing is overwritten, and
 * nothing is written elsewhere.
 */
export function writeImageSet(
  directory: string,
  set: ImageSet | ScannedImageSet,
  options: WriteOptions = {},
): void {
  for (const image of everyImage(set)) writeImage(directory, image, scratch, options.version);
}

/** An image's bytes, in memory. Pure where its payloads are in memory. */
export function serialiseImage(image: Image, version?: CriuVersion): Uint8Array {
  scratch.pos = 0;
  const put = (payload: Payload) => {
    for (const piece of piecesOf(payload)) scratch.raw(piece);
  };
  if (image.form === 'raw') put(image.content);
  else writeRecords(image, scratch, put, version);
  return scratch.finish();
}

function writeImage(
  directory: string,
  image: Image,
  writer: WireWriter,
  version: CriuVersion | undefined,
): void {
  if (kindOfFile(image.file)?.kind !== image.kind) {
    throw fail('image-unwritable', {
      where: image.file,
      detail: `that is no name for a ${image.kind} image`,
    });
  }
  const where = path.join(directory, image.file);
  const fd = writing(where, () => openSync(where, 'wx', 0o600));
  try {
    writer.pos = 0;
    const flush = () => {
      writing(where, () => writeAll(fd, writer.buf.subarray(0, writer.pos)));
      writer.pos = 0;
    };
    const put = (payload: Payload) => {
      flush();
      for (const piece of piecesOf(payload)) writing(where, () => writeAll(fd, piece));
    };
    if (image.form === 'raw') put(image.content);
    else writeRecords(image, writer, put, version);
    flush();
  } finally {
    closeSync(fd);
  }
}

function writing<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    if (cause.code === 'EEXIST') throw fail('image-exists', { where }, { cause });
    throw fail('image-no-room', { where, detail: cause.message }, { cause });
  }
}
