import { createHash } from 'node:crypto';
import { diffTrees, type ProcessDiff } from '../converters/diff/diff-tree.js';
import { type NameBytes, PlainTree } from '../converters/diff/plain.js';
import { refineTree } from '../converters/index.js';
import { membersResolver } from '../converters/payloads.js';
import { piecesOf } from '../image-format/criu/payload-bytes.js';
import type { Pages, Tree } from '../image-format/neutral/index.js';
import { comparePages, type PageCount } from './compare-pages.js';
import { fileOf, type Source } from './source.js';

/** Changed contents of memory. */
export interface PagesDiff extends PageCount {
  readonly pid: number;
  readonly name: string;
  readonly what: string;
}

export interface SourceDiff {
  /** Whether nothing differs but numbers that each boot gives anew. */
  readonly same: boolean;
  /** Processes that differ. */
  readonly processes: readonly ProcessDiff[];
  /** Address spaces and shared segments whose contents differ. */
  readonly pages: readonly PagesDiff[];
  /** How many processes, and pages, were compared and are the same. */
  readonly alike: { readonly processes: number; readonly pages: number };
}

/** What differs between two sources, tree by tree: trees go by their roots, processes by their PIDs. */
export async function diffSources(a: Source, b: Source): Promise<SourceDiff> {
  const [left, right] = [treesOf(a), treesOf(b)];
  const roots = [...new Set([...left.keys(), ...right.keys()])];
  const processes: ProcessDiff[] = [];
  const pages: PagesDiff[] = [];
  const alike = { processes: 0, pages: 0 };
  for (const root of roots) {
    const pair = [plainOf(a, left.get(root)), plainOf(b, right.get(root))] as const;
    const diff = diffTrees(...pair);
    for (const process of diff.processes) {
      if (process.change === 'same') alike.processes++;
      else processes.push(process);
    }
    for (const { a: pagesA, b: pagesB, ...whose } of diff.pages) {
      const count = await comparePages(pagesA, pageFile(a, pagesA), pagesB, pageFile(b, pagesB));
      alike.pages += count.same;
      if (count.changed + count.added + count.removed + count.unknown > 0) pages.push({ ...whose, ...count });
    }
  }
  return { same: processes.length === 0 && pages.length === 0, processes, pages, alike };
}

function pageFile(source: Source, { payload, runs }: Pages): string {
  return runs.length === 0 ? '/dev/null' : fileOf(source)(payload);
}

/** A tree that an older ckpt lifted says less in words: it is read again with those of this one. */
function treesOf(source: Source): Map<number, Tree> {
  return new Map(source.document.trees.map(tree => [tree.root, refineTree(tree).tree]));
}

function plainOf(source: Source, tree: Tree | undefined): PlainTree {
  return new PlainTree(tree ?? NOTHING, bytesNamer(source));
}

const NOTHING: Tree = {
  label: 'none',
  source: 'nothing',
  architecture: 'x86-64',
  root: 0,
  processes: [],
  memories: [],
  sharedMemories: [],
  signalTables: [],
  filesystems: [],
  descriptorTables: [],
  openFiles: [],
  pipes: [],
  fifos: [],
  terminals: [],
  memfds: [],
  ghostFiles: [],
  remaps: [],
  fileLocks: [],
  pageFiles: [],
};

/** Bytes beside the document, by their digest: equal bytes get equal names. */
function bytesNamer(source: Source): NameBytes {
  const resolve = membersResolver(source.member);
  return reference => {
    const { length } = reference;
    if (length === 0) return 'nothing';
    const hash = createHash('sha256');
    for (const piece of piecesOf(resolve(reference))) hash.update(piece);
    return `${length} bytes (sha256 ${hash.digest('hex').slice(0, 16)})`;
  };
}
