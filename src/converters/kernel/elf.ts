/** Finds a data symbol in an ELF file. Pure; a damaged file has no symbols. */

const SECTION_SYMBOLS = 2;
const SECTION_DYNAMIC_SYMBOLS = 11;
const SEGMENT_LOAD = 1;

export interface ElfSymbol {
  /** Address relative to where offset 0 of the file is mapped. */
  readonly offset: number;
  readonly size: number;
}

/** A symbol of a 64-bit little-endian file, by name. */
export function elfSymbol(file: Uint8Array, name: string): ElfSymbol | undefined {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  try {
    return find(view, Buffer.from(`${name}\0`));
  } catch (error) {
    // an offset beyond the end of the file
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function find(view: Buffer, name: Buffer): ElfSymbol | undefined {
  if (view.readUInt32BE(0) !== 0x7f454c46 || view[4] !== 2 || view[5] !== 1) return undefined;
  const base = firstLoad(view);
  const sections = number(view, 0x28);
  const size = view.readUInt16LE(0x3a);
  const count = view.readUInt16LE(0x3c);
  for (let i = 0; i < count; i++) {
    const at = sections + i * size;
    const type = view.readUInt32LE(at + 4);
    if (type !== SECTION_SYMBOLS && type !== SECTION_DYNAMIC_SYMBOLS) continue;
    const strings = number(view, sections + view.readUInt32LE(at + 0x28) * size + 0x18);
    const start = number(view, at + 0x18);
    const end = Math.min(start + number(view, at + 0x20), view.length);
    for (let symbol = start; symbol + 24 <= end; symbol += 24) {
      const text = strings + view.readUInt32LE(symbol);
      if (
        view.readUInt16LE(symbol + 6) === 0 ||
        view.compare(name, 0, name.length, text, text + name.length) !== 0
      )
        continue;
      return { offset: number(view, symbol + 8) - base, size: number(view, symbol + 16) };
    }
  }
  return undefined;
}

/** The address that the start of the file is linked for. */
function firstLoad(view: Buffer): number {
  const headers = number(view, 0x20);
  const size = view.readUInt16LE(0x36);
  for (let i = 0; i < view.readUInt16LE(0x38); i++) {
    const at = headers + i * size;
    if (view.readUInt32LE(at) === SEGMENT_LOAD) return number(view, at + 16) - number(view, at + 8);
  }
  return 0;
}

function number(view: Buffer, at: number): number {
  return Number(view.readBigUInt64LE(at));
}
