/** Framing: how messages and payloads follow one another in an image file. */
import { fail } from '../../errors.js';
import { decoderOf, encoderOf, located } from './codec.js';
import type { Decoder } from './compile.js';
import {
  type CriuVersion,
  type ImageRecord,
  lengthOf,
  type Payload,
  type RecordsImage,
  type WireMessage,
} from './image-set.js';
import { COMMON_MAGIC, type RecordsKind, SERVICE_MAGIC } from './kind-rows.js';
import { kindOfFile } from './kinds.js';
import { WireError } from './wire-error.js';
import type { WireWriter } from './wire-writer.js';

/** Where an image's bytes come from: memory, or a file that is read piece by piece. */
export interface ByteSource {
  readonly size: number;
  /** Bytes of memory that what is read may still take, roughly. */
  readonly room: number;
  u32(offset: number): number;
  message(decoder: Decoder, offset: number, length: number): WireMessage;
  payload(offset: number, length: number): Payload;
}

/** The magic numbers that a kind's files begin with. */
function magics(kind: RecordsKind): readonly number[] {
  if (kind.lead === 'none') return [kind.magic];
  return [kind.lead === 'common' ? COMMON_MAGIC : SERVICE_MAGIC, kind.magic];
}

/** Reads an image of messages. `file` is what failures call it. */
export function readRecords(kind: RecordsKind, file: string, source: ByteSource): readonly ImageRecord[] {
  const records: ImageRecord[] = [];
  return located(
    () => `${file}, entry ${records.length + 1}`,
    () => {
      let offset = checkMagics(kind, file, source);
      let subLeft = 0;
      while (offset < source.size) {
        const type =
          subLeft > 0
            ? (kind.sub?.message ?? kind.message)
            : (records.length === 0 && kind.head) || kind.message;
        take(source, offset, 4);
        const length = source.u32(offset);
        take(source, offset + 4, length);
        const message = source.message(decoderOf(type), offset + 4, length);
        offset += 4 + length;

        const rule = kind.payload?.[type]?.(message) ?? 0;
        const size = rule === 'rest' ? source.size - offset : rule;
        take(source, offset, size);
        const payload = size > 0 ? source.payload(offset, size) : undefined;
        offset += size;

        records.push(record(type === kind.message ? undefined : type, message, payload));
        if (subLeft > 0) subLeft--;
        else if (kind.sub !== undefined) subLeft = kind.sub.count(message);
      }
      if (subLeft > 0 && Number.isFinite(subLeft)) {
        throw new WireError('truncated', `${subLeft} more ${kind.sub?.message} were announced`);
      }
      return records;
    },
  );
}

/** A record without the parts that it does not have; literals, since spreading is slow and dumps have many. */
function record(type: string | undefined, message: WireMessage, payload: Payload | undefined): ImageRecord {
  if (type === undefined) return payload === undefined ? { message } : { message, payload };
  return payload === undefined ? { type, message } : { type, message, payload };
}

function checkMagics(kind: RecordsKind, file: string, source: ByteSource): number {
  let offset = 0;
  for (const expected of magics(kind)) {
    take(source, offset, 4);
    const found = source.u32(offset);
    if (found !== expected) {
      throw fail('image-magic', { where: file, found: hex(found), expected: hex(expected) });
    }
    offset += 4;
  }
  return offset;
}

/** Makes sure that `length` bytes are there. */
function take(source: ByteSource, offset: number, length: number): void {
  if (offset + length > source.size) {
    throw new WireError('truncated', `it ends at ${source.size}, not at ${offset + length}`);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/**
 * Writes an image of messages. Payloads are handed to `put`, in their places: everything that `writer` holds by then
 * comes before them.
 */
export function writeRecords(
  image: RecordsImage,
  writer: WireWriter,
  put: (payload: Payload) => void,
  version?: CriuVersion,
): void {
  const kind = recordsKind(image);
  for (const magic of magics(kind)) putWord(writer, magic);
  let written = 0;
  located(
    () => `${image.file}, entry ${written + 1}`,
    () => {
      for (const { type, message, payload } of image.records) {
        const start = writer.pos;
        putWord(writer, 0);
        encoderOf(type ?? kind.message, version)(writer, message, 0);
        const end = writer.pos;
        writer.pos = start;
        putWord(writer, end - start - 4);
        writer.pos = end;
        checkPayload(kind, type ?? kind.message, message, payload);
        if (payload !== undefined) put(payload);
        written++;
      }
    },
  );
}

/** The row of an image's kind; its file must be one that this kind gives its files. */
function recordsKind(image: RecordsImage): RecordsKind {
  const kind = kindOfFile(image.file);
  if (kind?.form !== 'records' || kind.kind !== image.kind) {
    throw fail('image-unwritable', {
      where: image.file,
      detail: `that is no name for a ${image.kind} image`,
    });
  }
  return kind;
}

/** A payload of another length than its message says would shift everything after it. */
function checkPayload(
  kind: RecordsKind,
  type: string,
  message: WireMessage,
  payload: Payload | undefined,
): void {
  const rule = kind.payload?.[type]?.(message) ?? 0;
  const size = payload === undefined ? 0 : lengthOf(payload);
  if (rule !== 'rest' && rule !== size) {
    throw new WireError('unwritable', `${type} is followed by ${size} bytes, and says ${rule}`);
  }
}

function putWord(writer: WireWriter, value: number): void {
  writer.room(4);
  writer.f32(value);
}
