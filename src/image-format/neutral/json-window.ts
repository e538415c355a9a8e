/** A piece of JSON text at a time, out of a text that is never in memory whole. */
import { COST } from './document-cost.js';

/** Fills as much of `into` as it can; gives how many bytes it put there, 0 at the end of the text. */
export type ReadBytes = (into: Uint8Array) => number;

const FIRST = 256 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export class JsonWindow {
  /** Text from `at` to `end` has been read and not been taken yet. */
  bytes = Buffer.allocUnsafeSlow(FIRST);
  at = 0;
  end = 0;
  /** What the value that was measured last takes in memory. */
  cost = 0;

  constructor(private readonly read: ReadBytes) {}

  /** Reads on; false at the end of the text. Indexes into `bytes` change by as much as `at` does. */
  more(): boolean {
    if (this.at > 0) {
      this.bytes.copyWithin(0, this.at, this.end);
      this.end -= this.at;
      this.at = 0;
    }
    if (this.end === this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
      this.bytes.copy(larger);
      this.bytes = larger;
    }
    const got = this.read(this.bytes.subarray(this.end));
    this.end += got;
    return got > 0;
  }

  /** Makes sure that so many bytes are there, or all that are left. */
  ensure(size: number): void {
    while (this.end - this.at < size && this.more());
  }

  /** The next byte that is no white space, which stays where it is; undefined at the end of the text. */
  peek(): number | undefined {
    for (;;) {
      if (this.at === this.end && !this.more()) return undefined;
      const byte = this.bytes[this.at] as number;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
  }

  /**
   * The length of the value that begins here, in bytes, and what it costs; undefined where it is longer than `most`.
   * It is only looked for where it ends: whether it is JSON turns out when it is parsed.
   */
  measure(most: number): number | undefined {
    let [objects, lists, fields, items, depth] = [0, 0, 0, 0, 0];
    let length = 0;
    for (; ; length++) {
      if (length > most) return undefined;
      if (this.at + length === this.end && !this.more()) break;
      const byte = this.bytes[this.at + length] as number;
      if (byte === QUOTE) {
        length = this.endOfText(length, most);
        if (depth === 0) {
          length++;
          break;
        }
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        depth++;
        if (byte === OPEN_OBJECT) objects++;
        else lists++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        // the end of what a bare value stands in
        if (depth === 0) break;
        if (--depth === 0) {
          length++;
          break;
        }
      } else if (byte === COMMA) {
        if (depth === 0) break;
        items++;
      } else if (byte === COLON) fields++;
      else if (depth === 0 && byte <= 0x20) break;
    }
    if (length > most) return undefined;
    this.cost =
      length + objects * COST.object + lists * COST.list + fields * COST.field + (items + 1) * COST.item;
    return length;
  }

  /** Where the quotation mark is that ends the text which begins `from` bytes from here. */
  private endOfText(from: number, most: number): number {
    let length = from + 1;
    for (; length <= most; length++) {
      if (this.at + length === this.end && !this.more()) return length - 1;
      const byte = this.bytes[this.at + length];
      if (byte === QUOTE) return length;
      if (byte === BACKSLASH) length++;
    }
    return length;
  }

  /** So many bytes as text; they are taken. */
  take(length: number): string {
    const text = this.bytes.toString('utf8', this.at, this.at + length);
    this.at += length;
    return text;
  }
}
