/**
 * CRIU's protobuf messages as values and back, driven by the wire table.
 *
 * 64-bit integers are bigint; a field that is absent on the wire is absent in the value, whatever its default; a field
 * that no release knows is kept as `#<tag>` with its raw bytes; what is written is what protobuf-c would write.
 */
import { fail } from '../../errors.js';
import { Coders, type Decoder, type Encoder } from './compile.js';
import type { CriuVersion, WireMessage } from './image-set.js';
import { decoders, encoders } from './ready-coders.js';
import { releaseSchema, unionSchema } from './schema.js';
import { WireError } from './wire-error.js';
import { WireReader } from './wire-reader.js';
import { wireTable } from './wire-table.js';
import { WireWriter } from './wire-writer.js';

const scratch = new WireWriter();
const compiled = new Map<CriuVersion | 'union', Coders>();

function coders(version: CriuVersion | undefined): Coders {
  const ready = compiled.get(version ?? 'union');
  if (ready !== undefined) return ready;
  const made = new Coders({
    schema: () => (version === undefined ? unionSchema(wireTable) : releaseSchema(wireTable, version)),
    // Only the union is read by.
    ...(version === undefined ? { decoders } : {}),
    encoders: encoders[version ?? 'union'] ?? {},
  });
  compiled.set(version ?? 'union', made);
  return made;
}

/** The decoder of a message, for whoever reads many. It throws `WireError`. */
export function decoderOf(message: string): Decoder {
  return coders(undefined).decoder(message);
}

/** The encoder of a message for one release, or for all of them together. It throws `WireError`. */
export function encoderOf(message: string, version?: CriuVersion): Encoder {
  return coders(version).encoder(message);
}

/**
 * One message from its bytes. Names are the newest release's.
 * @param where what a failure calls these bytes
 */
export function decode(message: string, bytes: Uint8Array, where: string = message): WireMessage {
  return located(where, () => decoderOf(message)(new WireReader(bytes), bytes.length, 0));
}

/**
 * The bytes of one message. With a version, a field that this release does not know is an error, and so is one that is
 * missing though it requires it; field names are the newest release's all the same.
 * @param where what a failure calls the result
 */
export function encode(
  message: string,
  value: WireMessage,
  version?: CriuVersion,
  where: string = message,
): Uint8Array {
  return located(where, () => {
    scratch.pos = 0;
    encoderOf(message, version)(scratch, value, 0);
    return scratch.finish();
  });
}

/** Runs something that reads or writes the wire format, and gives its failures a place. */
export function located<T>(where: string | (() => string), work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const place = () => (typeof where === 'string' ? where : where());
    if (cause instanceof WireError)
      throw fail(`image-${cause.fault}`, { where: place(), detail: cause.detail }, { cause });
    // protobufjs's reader, at the end of the bytes
    if (cause instanceof RangeError)
      throw fail('image-truncated', { where: place(), detail: cause.message }, { cause });
    // a value of another type than the schema's
    if (cause instanceof TypeError)
      throw fail('image-unwritable', { where: place(), detail: cause.message }, { cause });
    // protobufjs's reader, for a varint, key or length that is none: it has no class of its own for these
    if (cause instanceof Error && cause.constructor === Error) {
      throw fail('image-damaged', { where: place(), detail: cause.message }, { cause });
    }
    throw cause;
  }
}
