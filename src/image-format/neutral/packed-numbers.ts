/** Numbers in few bytes: those of successive items differ little, and most are multiples of a page. */
import { PAGE } from '../page.js';
/** Below this, numbers and their differences are exact as doubles, whatever is done to them here. */
export const NARROW = 2 ** 50;
/** What stands before a number that is kept whole; no difference has this code. */
const WHOLE = 0;

/** An integer from 0 to 2^64 - 1: a bigint only where it is `NARROW` or more. */
export type PackedNumber = number | bigint;

export class NumberWriter {
  private bytes = Buffer.allocUnsafeSlow(4096);
  private at = 0;
  /** The last number of each slot. */
  private last: number[] = [];

  get length(): number {
    return this.at;
  }

  /** A small number that has nothing to do with those before it. */
  plain(value: number): void {
    this.room(8);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes[this.at++] = (rest % 128) | 128;
    this.bytes[this.at++] = rest;
  }

  /** @param slot numbers of the same slot are kept as what they differ by */
  number(slot: number, value: PackedNumber): void {
    if (typeof value === 'bigint') {
      this.room(9);
      this.bytes[this.at++] = WHOLE;
      this.at = this.bytes.writeBigUInt64LE(value, this.at);
      return;
    }
    const difference = value - (this.last[slot] ?? 0);
    const pages = difference / PAGE;
    this.plain(Number.isInteger(pages) ? zigzag(pages) * 2 + 1 : zigzag(difference) * 2);
    this.last[slot] = value;
  }

  /** Text as bytes, with its length. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.plain(length);
    this.room(length);
    this.at += this.bytes.write(text, this.at);
  }

  /** What was written, as it is needed; then begins anew. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.bytes.subarray(0, this.at));
    this.at = 0;
    this.last = [];
    // a list as long as no other must not be paid for until the end
    if (this.bytes.length > 1024 * 1024) this.bytes = Buffer.allocUnsafeSlow(4096);
    return taken;
  }

  private room(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + size));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

export class NumberReader {
  private at = 0;
  private readonly last: number[] = [];

  constructor(private readonly bytes: Uint8Array) {}

  plain(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++] as number;
      if (byte < 128) return value + byte * scale;
      value += (byte & 127) * scale;
    }
  }

  number(slot: number): PackedNumber {
    const code = this.plain();
    if (code === WHOLE) {
      const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at, 8);
      this.at += 8;
      return view.getBigUint64(0, true);
    }
    const pages = code % 2 === 1;
    const difference = unzigzag(Math.floor(code / 2)) * (pages ? PAGE : 1);
    const value = (this.last[slot] ?? 0) + difference;
    this.last[slot] = value;
    return value;
  }

  text(): string {
    const length = this.plain();
    const start = this.at;
    this.at += length;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString();
  }
}

/** Signed integers as unsigned ones: small stays small. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(code: number): number {
  return code % 2 === 1 ? -(code + 1) / 2 : code / 2;
}

/** A bigint as it is packed. */
export function packedNumber(value: bigint): PackedNumber {
  return value < BigInt(NARROW) ? Number(value) : value;
}
