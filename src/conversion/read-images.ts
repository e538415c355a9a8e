import { statSync } from 'node:fs';
import { join } from 'node:path';
import { liftTree } from '../converters/index.js';
import { fail } from '../errors.js';
import { UNKNOWN } from '../image-format/bundle/manifest.js';
import type { ImageSet, Payload } from '../image-format/criu/image-set.js';
import { INVENTORY } from '../image-format/criu/inventory.js';
import { scanImageSet } from '../image-format/criu/read-image-set.js';
import { type Recognition, recogniseVersion } from '../image-format/criu/recognise-version.js';
import type { Document, Tree } from '../image-format/neutral/index.js';
import { makeDocument } from '../image-format/neutral/make-document.js';
import { itemsOf } from '../image-format/neutral/packed-list.js';
import { pagesExpected } from '../image-format/neutral/pages-expected.js';

/** A directory of images, and which CRIU is taken to have written them. */
export interface Recognised {
  readonly directory: string;
  /** Version of the CRIU. */
  readonly criu: string;
  /** told: by the user; the rest as `recogniseVersion` says. */
  readonly sure: Recognition['sure'] | 'told';
  /** The releases that can have written them, likeliest first. */
  readonly candidates: readonly string[];
  readonly evidence: readonly string[];
  /** When the dump was made, as far as the file system knows: the inventory is written last. */
  readonly dumpedAt: Date;
  readonly payloads: ReturnType<typeof liftTree>['payloads'];
}

/**
 * Reads a directory of CRIU images as a document of one tree. Throws `image-*` for what is no whole dump, and
 * `import-incremental` or `import-lazy` for one whose pages lie elsewhere.
 */
export function readImages(
  directory: string,
  told?: string,
): {
  readonly document: Document;
  readonly member: (path: string) => string | Payload;
  readonly images: Recognised;
} {
  const set = scanImageSet(directory);
  const recognition = recogniseVersion(set);
  const criu = told ?? recognition.candidates[0] ?? UNKNOWN;
  const { tree, payloads } = liftTree(set, { label: '0', criu });
  if (tree.processes.length === 0) {
    throw fail('image-damaged', { where: directory, detail: 'there is no process in it' });
  }
  refuseAbsentPages(tree, set, directory);
  refuseShortPages(tree, directory);
  const members = new Map(payloads.map(({ member, parts }) => [member, joined(parts)]));
  return {
    document: makeDocument(
      { kernel: UNKNOWN, architecture: tree.architecture, checkpointer: `criu ${criu}` },
      [tree],
    ),
    member: path => members.get(path) ?? join(directory, path.slice(path.lastIndexOf('/') + 1)),
    images: {
      directory,
      criu,
      sure: told === undefined ? recognition.sure : 'told',
      candidates: recognition.candidates,
      evidence: recognition.evidence,
      dumpedAt: statSync(join(directory, INVENTORY)).mtime,
      payloads,
    },
  };
}

/** A page that the images only refer to is not in this directory, and a bundle must be whole. */
function refuseAbsentPages(tree: Tree, set: ImageSet, directory: string): void {
  for (const { pages } of [...tree.memories, ...tree.sharedMemories]) {
    for (const { state } of pages === undefined ? [] : itemsOf(pages, 'runs')) {
      if (state.includes('parent')) {
        throw fail('import-incremental', { where: directory, parent: set.parent ?? 'parent' });
      }
      if (state.includes('lazy') && !state.includes('present'))
        throw fail('import-lazy', { where: directory });
    }
  }
}

function refuseShortPages(tree: Tree, directory: string): void {
  const expected = pagesExpected(tree);
  const there = new Map(tree.pageFiles.map(({ member, size }) => [member, size]));
  for (const [member, size] of expected) {
    const actual = there.get(member) ?? 0;
    if (actual === size) continue;
    const where = join(directory, member.slice(member.lastIndexOf('/') + 1));
    const detail = `it holds ${actual} bytes of memory, and the page maps count ${size}`;
    throw fail('image-truncated', { where, detail });
  }
}

/** Several parts are short ones, in memory: long payloads are members of their own. */
function joined(parts: readonly Payload[]): Payload {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const bytes = parts.flatMap(part => (part.in === 'memory' ? [part.bytes] : []));
  return { in: 'memory', bytes: Buffer.concat(bytes) };
}
