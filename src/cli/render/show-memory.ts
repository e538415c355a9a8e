import type { Piece } from '../../image-format/bundle/frozen-memory.js';
import type { ShownMapping, ShownMemory } from './show-model.js';
import { type Column, table } from './table.js';
import { bytes } from './units.js';

const columns: readonly Column[] = [
  { heading: 'ADDRESSES' },
  { heading: 'MODE' },
  { heading: 'SIZE', align: 'right' },
  { heading: 'FROZEN', align: 'right' },
  { heading: 'WHAT', shrink: true },
];

const bare = (address: string | bigint): string =>
  (typeof address === 'bigint' ? address.toString(16) : address.slice(2)).padStart(12, '0');

/** Pure: the mappings of an address space as a table, with a line of totals. */
export function mappingTable(memory: ShownMemory, options: Parameters<typeof table>[2]): string {
  const rows = memory.mappings.map(one => [
    `${bare(one.start)}-${bare(one.end)}`,
    one.access,
    bytes(one.size),
    one.frozen === 0 ? '-' : bytes(one.frozen),
    one.what,
  ]);
  return table(columns, [...rows, ['total', '', bytes(memory.mapped), bytes(memory.frozen), '']], options);
}

const WIDTH = 16;

/** Pure: lines of an address, 16 bytes in hexadecimal, and the same as text. What lies between pieces is one line. */
export function hexDump(pieces: readonly Piece[]): string {
  const lines: string[] = [];
  let next: bigint | undefined;
  for (const { start, bytes: all } of pieces) {
    if (next !== undefined && next !== start) lines.push(`${bare(next)}  (not in the bundle)`);
    for (let at = 0; at < all.length; at += WIDTH)
      lines.push(hexLine(start + BigInt(at), all.subarray(at, at + WIDTH)));
    next = start + BigInt(all.length);
  }
  return lines.join('\n');
}

/** Pure: one line of a dump. */
export function hexLine(address: bigint, part: Uint8Array): string {
  const digits = [...part].map(byte => byte.toString(16).padStart(2, '0'));
  const halves = [digits.slice(0, WIDTH / 2).join(' '), digits.slice(WIDTH / 2).join(' ')];
  return `${bare(address)}  ${halves.join('  ').padEnd(WIDTH * 3)}  ${asText(part)}`;
}

function asText(part: Uint8Array): string {
  return [...part].map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

/** Pure: the mapping that an address lies in. */
export function mappingAt(memory: ShownMemory, address: bigint): ShownMapping | undefined {
  return memory.mappings.find(one => BigInt(one.start) <= address && address < BigInt(one.end));
}
