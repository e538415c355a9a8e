/**
 * Strings on the wire. protobuf-c writes whatever bytes a C string holds (a path, a process name), so bytes that are
 * not UTF-8 must survive: each becomes a lone surrogate U+DC80..U+DCFF, as in Python's `surrogateescape`.
 */

const LATIN_LIMIT = 24;

/** Bytes `start..end` of `bytes` as a string. Never fails, and `encodeText` gives the same bytes back. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) >= 0x80) return decodeMixed(bytes, start, end);
  }
  if (end - start > LATIN_LIMIT) return bytes.toString('latin1', start, end);
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/** The bytes of a string; `undefined` where it holds a surrogate that stands for no byte. */
export function encodeText(text: string): Uint8Array | undefined {
  if (!/[\ud800-\udfff]/.test(text)) return Buffer.from(text, 'utf8');
  const out = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.codePointAt(i) as number;
    if (unit >= 0xdc80 && unit <= 0xdcff) {
      out[at++] = unit - 0xdc00;
      continue;
    }
    if (unit >= 0xd800 && unit <= 0xdfff) return undefined;
    if (unit > 0xffff) i++;
    at += Buffer.from(String.fromCodePoint(unit), 'utf8').copy(out, at);
  }
  return out.subarray(0, at);
}

function decodeMixed(bytes: Buffer, start: number, end: number): string {
  let text = '';
  let plain = start;
  let i = start;
  while (i < end) {
    const length = sequenceLength(bytes, i, end);
    if (length > 0) {
      i += length;
      continue;
    }
    text += bytes.toString('utf8', plain, i) + String.fromCharCode(0xdc00 + (bytes[i] as number));
    i += 1;
    plain = i;
  }
  return text + bytes.toString('utf8', plain, end);
}

/** Length of the well-formed UTF-8 sequence at `i` (Unicode 15, table 3-7), or 0. */
function sequenceLength(bytes: Buffer, i: number, end: number): number {
  const lead = bytes[i] as number;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > end) return 0;
  const second = bytes[i + 1] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let n = 2; n < length; n++) if (((bytes[i + n] as number) & 0xc0) !== 0x80) return 0;
  return length;
}
