/**
 * Writes protobuf's wire format the way protobuf-c does. protobufjs's own writer keeps a linked list of closures per
 * value and knows no bigint; this one fills one growing buffer.
 */
import { encodeText } from './text.js';
import { WireError } from './wire-error.js';

const words = new Uint32Array(2);
const unsigned = new BigUint64Array(words.buffer);
const signed = new BigInt64Array(words.buffer);
const floats = new DataView(new ArrayBuffer(8));

export class WireWriter {
  /** Grows at once: a field that changes for the first time later would make V8 throw away every compiled encoder. */
  buf: Uint8Array = new Uint8Array(16);
  pos = 0;

  constructor() {
    this.room(this.buf.length + 1);
  }

  /** Makes sure that `size` more bytes fit. The plain writers below do not check. */
  room(size: number): void {
    const need = this.pos + size;
    if (need <= this.buf.length) return;
    const grown = new Uint8Array(Math.max(need, this.buf.length * 2, 16_384));
    grown.set(this.buf.subarray(0, this.pos));
    this.buf = grown;
  }

  /** What was written so far, copied. */
  finish(): Uint8Array {
    return this.buf.slice(0, this.pos);
  }

  private varint(value: number): void {
    const buf = this.buf;
    let pos = this.pos;
    while (value > 127) {
      buf[pos++] = (value & 127) | 128;
      value >>>= 7;
    }
    buf[pos++] = value;
    this.pos = pos;
  }

  u32(value: number): void {
    if (value >>> 0 !== value) throw unwritable(value, 'an unsigned 32-bit integer');
    this.varint(value);
  }

  /** Negative values take ten bytes, sign-extended to 64 bits, as protobuf-c writes them. */
  i32(value: number): void {
    if ((value | 0) !== value) throw unwritable(value, 'a signed 32-bit integer');
    if (value >= 0) this.varint(value);
    else this.long(value >>> 0, 0xffffffff);
  }

  s32(value: number): void {
    if ((value | 0) !== value) throw unwritable(value, 'a signed 32-bit integer');
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  u64(value: bigint): void {
    unsigned[0] = value;
    if (unsigned[0] !== value) throw unwritable(value, 'an unsigned 64-bit integer');
    this.long(words[0] as number, words[1] as number);
  }

  i64(value: bigint): void {
    signed[0] = value;
    if (signed[0] !== value) throw unwritable(value, 'a signed 64-bit integer');
    this.long(words[0] as number, words[1] as number);
  }

  s64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw unwritable(value, 'a signed 64-bit integer');
    this.u64(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  private long(low: number, high: number): void {
    const buf = this.buf;
    let pos = this.pos;
    while (high !== 0) {
      buf[pos++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    while (low > 127) {
      buf[pos++] = (low & 127) | 128;
      low >>>= 7;
    }
    buf[pos++] = low;
    this.pos = pos;
  }

  bool(value: boolean): void {
    if (value !== true && value !== false) throw unwritable(value, 'true or false');
    this.buf[this.pos++] = value ? 1 : 0;
  }

  private word(value: number): void {
    this.buf[this.pos++] = value & 255;
    this.buf[this.pos++] = (value >>> 8) & 255;
    this.buf[this.pos++] = (value >>> 16) & 255;
    this.buf[this.pos++] = value >>> 24;
  }

  f32(value: number): void {
    if (value >>> 0 !== value) throw unwritable(value, 'an unsigned 32-bit integer');
    this.word(value);
  }

  sf32(value: number): void {
    if ((value | 0) !== value) throw unwritable(value, 'a signed 32-bit integer');
    this.word(value);
  }

  f64(value: bigint): void {
    unsigned[0] = value;
    if (unsigned[0] !== value) throw unwritable(value, 'an unsigned 64-bit integer');
    this.word(words[0] as number);
    this.word(words[1] as number);
  }

  sf64(value: bigint): void {
    signed[0] = value;
    if (signed[0] !== value) throw unwritable(value, 'a signed 64-bit integer');
    this.word(words[0] as number);
    this.word(words[1] as number);
  }

  float(value: number): void {
    floats.setFloat32(0, value, true);
    this.word(floats.getUint32(0, true));
  }

  double(value: number): void {
    floats.setFloat64(0, value, true);
    this.word(floats.getUint32(0, true));
    this.word(floats.getUint32(4, true));
  }

  text(value: string): void {
    if (typeof value !== 'string') throw unwritable(value, 'a string');
    const bytes = encodeText(value);
    if (bytes === undefined) throw unwritable(JSON.stringify(value), 'a string of bytes');
    this.octets(bytes);
  }

  octets(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw unwritable(value, 'bytes');
    this.room(value.length + 5);
    this.varint(value.length);
    this.raw(value);
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    this.room(value.length);
    this.buf.set(value, this.pos);
    this.pos += value.length;
  }

  /** Starts a part whose length is written before it; hand the result to `close`. */
  open(): number {
    this.room(1);
    return this.pos++;
  }

  /** Writes the length of what followed `open`; most parts are shorter than 128 bytes and need no move. */
  close(start: number): void {
    const length = this.pos - start - 1;
    if (length < 128) {
      this.buf[start] = length;
      return;
    }
    let extra = 0;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) extra++;
    this.room(extra);
    this.buf.copyWithin(start + 1 + extra, start + 1, this.pos);
    const end = this.pos + extra;
    this.pos = start;
    this.varint(length);
    this.pos = end;
  }
}

function unwritable(value: unknown, wanted: string): WireError {
  return new WireError('unwritable', `${String(value)} is not ${wanted}`);
}
