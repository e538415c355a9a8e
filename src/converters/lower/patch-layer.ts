/**
 * Changed bytes of frozen memory without a copy of it: CRIU's incremental images. The images refer to a parent
 * directory for every page of a patched address space but the changed ones, which lie in a page file of their own.
 */

import { fail } from '../../errors.js';
import type {
  Image,
  ImageRecord,
  Payload,
  RecordsImage,
  WireMessage,
} from '../../image-format/criu/image-set.js';
import type { PagePatch } from '../kernel/step.js';
import { EMPTY, slice } from '../payloads.js';

const PAGE = 4096;
const IN_PARENT = 1;
const PRESENT = 4;

export interface PatchLayer {
  /** Images that belong into the directory that `parent` in the images' directory must link to. */
  readonly parent: readonly Image[];
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

/**
 * Splits the page maps of the patched address spaces.
 * @param images images in the newest form
 * @param member the page payload of a patch, whole
 */
export function layerPatches(
  images: readonly Image[],
  patches: readonly PagePatch[],
  member: (name: string) => string | Payload,
): { images: readonly Image[]; layer: PatchLayer | undefined } {
  if (patches.length === 0) return { images, layer: undefined };
  const byFile = new Map<string, PagePatch[]>();
  for (const patch of patches) {
    const file = `pagemap-${patch.pid}.img`;
    byFile.set(file, [...(byFile.get(file) ?? []), patch]);
  }
  let next = 1 + Math.max(0, ...images.filter(isPageMap).map(pagesId));
  const parent: RecordsImage[] = [];
  const pages: PatchLayer['pages'][number][] = [];
  const changed = images.map(image => {
    const own = byFile.get(image.file);
    if (own === undefined || !isPageMap(image)) return image;
    byFile.delete(image.file);
    parent.push(image);
    const id = next++;
    const made = changedPages(own, member);
    pages.push({ file: `pages-${id}.img`, parts: made.flatMap(({ parts }) => parts) });
    return { ...image, records: [head(id), ...runs(image, new Set(made.map(({ address }) => address)))] };
  });
  const [missing] = byFile.keys();
  if (missing !== undefined)
    throw fail('document-contradictory', {
      path: missing,
      detail: 'a patch is for memory that is not there',
    });
  return {
    images: changed,
    layer: { parent, parentPages: parent.map(image => `pages-${pagesId(image)}.img`), pages },
  };
}

function isPageMap(image: Image): image is RecordsImage {
  return image.form === 'records' && (image.kind === 'pagemap' || image.kind === 'pagemap-shmem');
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
  for (const patch of patches) {
    const page = BigInt(patch.address) & ~BigInt(PAGE - 1);
    byPage.set(page, [...(byPage.get(page) ?? []), patch]);
  }
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
    const start = message.vaddr as bigint;
    const end = start + (message.nr_pages as bigint) * BigInt(PAGE);
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
