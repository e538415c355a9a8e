/**
 * protobufjs's low-level reader, with what the codec needs beside it: 64-bit integers as bigint without an object in
 * between, strings that keep every byte, and limits that hostile input cannot pass.
 */
import protobuf from 'protobufjs/minimal.js';
import { decodeText } from './text.js';
import { WireError } from './wire-error.js';

/** Deepest nesting of messages read; CRIU's cgroup directories are the only ones that nest at all. */
export const MAX_DEPTH = 100;
/**
 * Most messages and list elements from one image file: 16 times what vm.max_map_count allows mappings at first. As values
 * they take several hundred bytes each on their way through a conversion, and hostile ones must not take a gigabyte.
 */
export const MAX_VALUES = 1_048_576;

/** Most memory that the values of one image take that grows with the memory of a process: a million mappings. */
export const ROOM_LARGE = 320 * 1024 * 1024;
/** Most that all other images of a dump take together: 10,000 processes. */
export const ROOM_OTHERS = 160 * 1024 * 1024;

/** What values take in memory beside their own bytes, roughly. */
export const COST = { message: 64, field: 8, wide: 24, element: 16, bytes: 200, text: 32 } as const;

const words = new Uint32Array(2);
const unsigned = new BigUint64Array(words.buffer);
const signed = new BigInt64Array(words.buffer);
const SMALL = Array.from({ length: 1024 }, (_, i) => BigInt(i));

export class WireReader extends protobuf.Reader {
  readonly chars: Buffer;
  /** Messages and list elements that may still be read. */
  budget = MAX_VALUES;
  /** Bytes of memory that what is read may still take, roughly. */
  room = ROOM_LARGE;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.chars = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A varint into the shared words, low half first. */
  private varint(): void {
    const buf = this.buf;
    let pos = this.pos;
    let low = 0;
    let high = 0;
    let byte = 128;
    for (let shift = 0; shift < 28 && byte >= 128; shift += 7) {
      byte = buf[pos++] as number;
      low |= (byte & 127) << shift;
    }
    if (byte >= 128) {
      byte = buf[pos++] as number;
      low |= (byte & 127) << 28;
      high = (byte & 127) >> 4;
      for (let shift = 3; shift < 38 && byte >= 128; shift += 7) {
        byte = buf[pos++] as number;
        high |= (byte & 127) << shift;
      }
    }
    if (pos > this.len) throw this.truncated();
    if (byte >= 128) throw new WireError('damaged', `no integer at offset ${this.pos}`);
    this.pos = pos;
    words[0] = low;
    words[1] = high;
  }

  u64(): bigint {
    this.varint();
    const low = words[0] as number;
    return words[1] === 0 && low < 1024 ? (SMALL[low] as bigint) : (unsigned[0] as bigint);
  }

  i64(): bigint {
    this.varint();
    const low = words[0] as number;
    return words[1] === 0 && low < 1024 ? (SMALL[low] as bigint) : (signed[0] as bigint);
  }

  /** Zigzag-coded. */
  s64(): bigint {
    const value = this.u64();
    return (value >> 1n) ^ -(value & 1n);
  }

  f64(): bigint {
    words[0] = this.fixed32();
    words[1] = this.fixed32();
    return unsigned[0] as bigint;
  }

  sf64(): bigint {
    words[0] = this.fixed32();
    words[1] = this.fixed32();
    return signed[0] as bigint;
  }

  /** Reads a length prefix and gives the offset where what follows ends, which never lies beyond `limit`. */
  end(limit: number): number {
    const length = this.uint32();
    const end = this.pos + length;
    if (end > limit) throw this.truncated();
    return end;
  }

  text(limit: number): string {
    const end = this.end(limit);
    this.spend(COST.text + 2 * (end - this.pos));
    const text = decodeText(this.chars, this.pos, end);
    this.pos = end;
    return text;
  }

  octets(limit: number): Uint8Array {
    const end = this.end(limit);
    this.spend(COST.bytes + end - this.pos);
    const bytes = Uint8Array.prototype.slice.call(this.buf, this.pos, end);
    this.pos = end;
    return bytes;
  }

  /** Skips a field whose key was read from `start`; gives its bytes, the key included. */
  rawField(start: number, key: number, limit: number): Uint8Array {
    const wireType = key & 7;
    if (key >>> 3 === 0 || wireType === 3 || wireType === 4 || wireType > 5) {
      throw new WireError('damaged', `no field starts at offset ${start}`);
    }
    this.skipType(wireType);
    if (this.pos > limit) throw this.truncated();
    this.spend(2 * COST.bytes + this.pos - start);
    return Uint8Array.prototype.slice.call(this.buf, start, this.pos);
  }

  private spend(bytes: number): void {
    this.room -= bytes;
    if (this.room < 0) throw new WireError('excessive', 'it would take more memory than any dump does');
  }

  truncated(): WireError {
    return new WireError('truncated', `more was announced at offset ${this.pos} than is there`);
  }
}
