/** Text on its way to a file: kept for a while, and handed on in pieces, so that it is never in memory whole. */

const SIZE = 1024 * 1024;
/** Most bytes that UTF-8 takes for one unit of UTF-16. */
const WIDEST = 3;
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');

export class JsonWriter {
  private readonly buffer = Buffer.allocUnsafe(SIZE);
  private at = 0;

  /** @param take gets each piece; its bytes are overwritten afterwards */
  constructor(private readonly take: (piece: Uint8Array) => void) {}

  /** Hands on what was not yet. */
  end(): void {
    if (this.at > 0) this.take(this.buffer.subarray(0, this.at));
    this.at = 0;
  }

  private room(size: number): void {
    if (this.at + size > SIZE) this.end();
  }

  /** Any text, as UTF-8. */
  text(text: string): void {
    for (let done = 0; done < text.length; ) {
      this.room(2 * WIDEST);
      let length = Math.min(text.length - done, Math.floor((SIZE - this.at) / WIDEST));
      // the two halves of a character stay together
      if (length > 1 && (text.charCodeAt(done + length - 1) & 0xfc00) === 0xd800) length--;
      this.at += this.buffer.write(
        length === text.length ? text : text.slice(done, done + length),
        this.at,
        'utf8',
      );
      done += length;
    }
  }

  /** Bytes that are UTF-8 already, much fewer than a piece has. */
  bytes(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A 64-bit integer in hexadecimal digits, without 0x and leading zeros. */
  hex(high: number, low: number): void {
    this.room(16);
    let shift = high === 0 ? 28 - (Math.clz32(low | 1) & ~3) : 60 - (Math.clz32(high) & ~3);
    for (; shift >= 32; shift -= 4) this.buffer[this.at++] = DIGITS[(high >>> (shift - 32)) & 15] as number;
    for (; shift >= 0; shift -= 4) this.buffer[this.at++] = DIGITS[(low >>> shift) & 15] as number;
  }

  /** An integer from 0 to 2^53. */
  decimal(value: number): void {
    this.room(16);
    let size = 1;
    for (let rest = value; rest > 9; rest = Math.floor(rest / 10)) size++;
    let rest = value;
    for (let at = this.at + size - 1; at >= this.at; at--) {
      const next = Math.floor(rest / 10);
      this.buffer[at] = 48 + (rest - next * 10);
      rest = next;
    }
    this.at += size;
  }
}
