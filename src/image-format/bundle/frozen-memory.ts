import { constants, type FileHandle, open } from 'node:fs/promises';
import { fail } from '../../errors.js';
import type { Memory, Pages, Tree } from '../neutral/index.js';
import { itemsOf, lengthOfList } from '../neutral/packed-list.js';
import { sharedPagesIn } from '../neutral/shared-pages.js';
import { PAGE as BYTES_IN_PAGE } from '../page.js';
import { memberPaths } from './member-path.js';
import type { Bundle } from './open-bundle.js';

const PAGE = BigInt(BYTES_IN_PAGE);
/** Most runs of shared segments that are looked at for one address space: each mapping of one looks at all of its runs. */
const MOST_LOOKS = 4_000_000;

/** Consecutive addresses whose contents lie one after the other in a member of the bundle. */
export interface Region {
  readonly start: bigint;
  readonly end: bigint;
  readonly payload: string;
  /** Offset of `start` in the payload, bytes. */
  readonly at: number;
}

/**
 * Which addresses of an address space have contents in the bundle, ascending: its own pages, and those of the shared
 * segments and memfds that it maps. Pure. Pages that the process never touched, and those of files, have none.
 */
export function regionsOf(memory: Memory, tree: Tree): readonly Region[] {
  const found = memory.pages ? regions(memory.pages, 0n, 0n, 1n << 64n) : [];
  const shared = sharedPagesIn(tree);
  let looked = 0;
  for (const mapping of itemsOf(memory, 'mappings')) {
    const pages = shared.ofMapping(mapping);
    if (!pages) continue;
    looked += lengthOfList(pages, 'runs');
    if (looked > MOST_LOOKS)
      throw fail('document-excessive', { where: `${memory.id}, shared by its mappings` });
    const start = BigInt(mapping.start);
    const offset = 'offset' in mapping.backing ? BigInt(mapping.backing.offset ?? '0x0') : 0n;
    for (const region of regions(pages, start - offset, start, BigInt(mapping.end))) found.push(region);
  }
  return found.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

/** Runs of pages as regions, moved by `base` and cut to the addresses from `low` to `high`. */
function regions(pages: Pages, base: bigint, low: bigint, high: bigint): Region[] {
  const found: Region[] = [];
  for (const run of itemsOf(pages, 'runs')) {
    if (run.at === undefined || run.compressed !== undefined) continue;
    const first = BigInt(run.start) + base;
    const last = first + BigInt(run.count) * PAGE;
    const [start, end] = [first < low ? low : first, last > high ? high : last];
    if (start < end) found.push({ start, end, payload: pages.payload, at: run.at + Number(start - first) });
  }
  return found;
}

/** A piece of frozen memory. */
export interface Piece {
  readonly start: bigint;
  readonly bytes: Uint8Array;
}

/** Reads frozen memory out of a bundle whose layout was verified. Nothing is changed; close it after use. */
export class FrozenMemory {
  readonly regions: readonly Region[];
  readonly #path: (member: string) => string;
  readonly #files = new Map<string, Promise<FileHandle>>();

  constructor(bundle: Bundle, memory: Memory, tree: Tree) {
    this.regions = regionsOf(memory, tree);
    this.#path = memberPaths(bundle);
  }

  /** What there is between two addresses, piece by piece, none longer than `limit` bytes. */
  async *pieces(start: bigint, end: bigint, limit = 1 << 20): AsyncGenerator<Piece> {
    for (const region of this.regions) {
      const low = region.start < start ? start : region.start;
      const high = region.end > end ? end : region.end;
      for (let at = low; at < high; at += BigInt(limit)) {
        const length = Math.min(limit, Number(high - at));
        yield { start: at, bytes: await this.#read(region, at, length) };
      }
    }
  }

  /** The bytes between two addresses, if all of them are there. */
  async read(start: bigint, end: bigint): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let next = start;
    for await (const piece of this.pieces(start, end)) {
      if (piece.start !== next) return undefined;
      parts.push(piece.bytes);
      next += BigInt(piece.bytes.length);
    }
    return next === end ? Buffer.concat(parts) : undefined;
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await (await file).close();
    this.#files.clear();
  }

  async #read(region: Region, start: bigint, length: number): Promise<Uint8Array> {
    let file = this.#files.get(region.payload);
    if (!file) {
      file = open(this.#path(region.payload), constants.O_RDONLY | constants.O_NOFOLLOW);
      this.#files.set(region.payload, file);
    }
    const bytes = new Uint8Array(length);
    const at = region.at + Number(start - region.start);
    const { bytesRead } = await (await file).read(bytes, 0, length, at);
    if (bytesRead !== length) throw new RangeError(`${region.payload} ends at ${at + bytesRead}`);
    return bytes;
  }
}

/** Where bytes stand in frozen memory, ascending; also across the border of two pieces that follow each other. */
export async function* search(
  memory: FrozenMemory,
  wanted: Uint8Array,
  limit?: number,
): AsyncGenerator<bigint> {
  let tail: Piece = { start: 0n, bytes: new Uint8Array() };
  for await (const piece of memory.pieces(0n, 1n << 64n, limit)) {
    const joined = tail.start + BigInt(tail.bytes.length) === piece.start;
    const start = joined ? tail.start : piece.start;
    const bytes = joined ? Buffer.concat([tail.bytes, piece.bytes]) : Buffer.from(piece.bytes);
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1))
      yield start + BigInt(at);
    const keep = Math.max(0, bytes.length - wanted.length + 1);
    tail = { start: start + BigInt(keep), bytes: bytes.subarray(keep) };
  }
}
