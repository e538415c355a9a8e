/**
 * Changed bytes of frozen memory without a copy of it: CRIU's incremental images. The images refer to a parent
 * directory for every page of a patched address space but the changed ones, which lie in a page file of their own.
 */

import { fail } from '../../errors.js';
import type {
  DeferredImage,
  ImageRecord,
  Payload,
  RecordsImage,
  WireMessage,
} from '../../image-format/criu/image-set.js';
import { PAGE } from '../../image-format/page.js';
import { put } from '../../lists.js';
import { int64 } from '../image-index.js';
import type { PagePatch } from '../kernel/step.js';
import { EMPTY, slice } from '../payloads.js';
import type { TellingImage } from './own-images.js';

const IN_PARENT = 1;
const PRESENT = 4;

export interface PatchLayer {
  /** Images that belong into the directory that `parent` in the images' directory must link to. */
  readonly parent: readonly DeferredImage[];
  /** Page files that the parent refers to, by name; they are members of the bundle. */
  readonly parentPages: readonly string[];
  /** Page files of the layer itself: the parts, one after the other. */
  readonly pages: readonly { readonly file: string; readonly parts: readonly Payload[] }[];
}

/** A changed page: its address, and its content in parts. */
interface Page {
  readonly address: bigint;
  readonly parts: readonly Payload[];
}

/** What `layerPatches` makes: the images of the layer, and what lies beside them. */
interface Layered {
  readonly images: readonly TellingImage[];
  readonly layer: (Omit<PatchLayer, 'parent'> & { readonly parent: readonly TellingImage[] }) | undefined;
}

/**
 * Splits the page maps of the patched address spaces.
 * @param images large images, in the newest form
 * @param member the page payload of a patch, whole
 * @param files the page files beside the images
 */
export function layerPatches(
  images: readonly TellingImage[],
  patches: readonly PagePatch[],
  member: (name: string) => string | Payload,
  files: readonly { readonly file: string }[],
): Layered {
  if (patches.length === 0) return { images, layer: undefined };
  const byFile = new Map<string, PagePatch[]>();
  for (const patch of patches) put(byFile, `pagemap-${patch.pid}.img`, patch);
  let next = files.reduce((most, { file }) => Math.max(most, numberIn(file) + 1), 1);
  const parent: TellingImage[] = [];
  const parentPages: string[] = [];
  const pages: PatchLayer['pages'][number][] = [];
  const changed = images.map(image => {
    const own = byFile.get(image.file);
    if (own === undefined) return image;
    byFile.delete(image.file);
    parent.push(image);
    parentPages.push(`pages-${pagesId(image.read())}.img`);
    const id = next++;
    const made = changedPages(own, member);
    pages.push({ file: `pages-${id}.img`, parts: made.flatMap(({ parts }) => parts) });
    const changed = new Set(made.map(({ address }) => address));
    const read: TellingImage['read'] = tell => {
      const whole = image.read(tell);
      return { ...whole, records: [head(id), ...runs(whole, changed)] };
    };
    return { file: image.file, kind: image.kind, read };
  });
  const [missing] = byFile.keys();
  if (missing !== undefined)
    throw fail('document-contradictory', {
      path: missing,
      detail: 'a patch is for memory that is not there',
    });
  return {
    images: changed,
    layer: { parent, parentPages, pages },
  };
}

/** The number in the name of a page file. */
function numberIn(file: string): number {
  const digits = /^pages-(?:shmem-)?(\d{1,9})\.img$/.exec(file)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

function pagesId(image: RecordsImage): number {
  return (image.records[0]?.message.pages_id ?? 0) as number;
}

function head(id: number): ImageRecord {
  return { type: 'pagemap_head', message: { pages_id: id } };
}

/** The changed pages of one address space, ascending. Patches do not cross pages. */
function changedPages(patches: readonly PagePatch[], member: (name: string) => string | Payload): Page[] {
  const byPage = new Map<bigint, PagePatch[]>();
  for (const patch of patches) put(byPage, BigInt(patch.address) & ~BigInt(PAGE - 1), patch);
  const compare = (a: bigint, b: bigint) => (a < b ? -1 : 1);
  return [...byPage]
    .sort(([a], [b]) => compare(a, b))
    .map(([address, own]) => ({ address, parts: partsOf(own, member) }));
}

function partsOf(patches: readonly PagePatch[], member: (name: string) => string | Payload): Payload[] {
  const sorted = [...patches].sort((a, b) => a.location.offset - b.location.offset);
  const first = sorted[0];
  if (first === undefined) return [];
  const whole = member(first.location.member);
  const start = first.location.offset - (first.location.offset % PAGE);
  const part = (from: number, to: number): Payload => {
    if (to <= from) return EMPTY;
    return typeof whole === 'string'
      ? { in: 'file', path: whole, offset: from, length: to - from }
      : slice(whole, from, to - from);
  };
  const parts: Payload[] = [];
  let at = start;
  for (const { location, bytes } of sorted) {
    parts.push(part(at, location.offset), { in: 'memory', bytes: Buffer.from(bytes, 'hex') });
    at = location.offset + bytes.length / 2;
  }
  return [...parts, part(at, start + PAGE)];
}

/** The runs of a page map, with the changed pages present and all others in the parent. */
function runs(image: RecordsImage, changed: ReadonlySet<bigint>): ImageRecord[] {
  return image.records.slice(1).flatMap(({ message }) => {
    const start = int64(message, 'vaddr');
    const end = start + int64(message, 'nr_pages') * BigInt(PAGE);
    const inside = [...changed]
      .filter(address => address >= start && address < end)
      .sort((a, b) => (a < b ? -1 : 1));
    const out: ImageRecord[] = [];
    let at = start;
    const rest = (to: bigint) => {
      if (to > at) out.push({ message: run(at, to, IN_PARENT) });
    };
    for (const address of inside) {
      rest(address);
      out.push({ message: run(address, address + BigInt(PAGE), PRESENT) });
      at = address + BigInt(PAGE);
    }
    rest(end);
    return out;
  });
}

function run(start: bigint, end: bigint, flags: number): WireMessage {
  return { vaddr: start, compat_nr_pages: 0, flags, nr_pages: (end - start) / BigInt(PAGE) };
}
