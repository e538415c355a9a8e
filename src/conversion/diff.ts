import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { diffTrees, type ProcessDiff } from '../converters/diff/diff-tree.js';
import { type NameBytes, PlainTree } from '../converters/diff/plain.js';
import { refineTree } from '../converters/index.js';
import type { Payload } from '../image-format/criu/image-set.js';
import type { Tree } from '../image-format/neutral/index.js';
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
      const count = await comparePages(pagesA, fileOf(a)(pagesA.payload), pagesB, fileOf(b)(pagesB.payload));
      alike.pages += count.same;
      if (count.changed + count.added + count.removed + count.unknown > 0) pages.push({ ...whose, ...count });
    }
  }
  return { same: processes.length === 0 && pages.length === 0, processes, pages, alike };
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
  return ({ payload, at, length }) => {
    if (length === 0) return 'nothing';
    const whole = source.member(payload);
    const place: Payload =
      typeof whole === 'string' ? { in: 'file', path: whole, offset: 0, length: at + length } : whole;
    return `${length} bytes (sha256 ${digest(place, at, length).slice(0, 16)})`;
  };
}

const CHUNK = 2 ** 20;

function digest(whole: Payload, at: number, length: number): string {
  const hash = createHash('sha256');
  if (whole.in === 'memory') return hash.update(whole.bytes.subarray(at, at + length)).digest('hex');
  const fd = openSync(whole.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const buffer = Buffer.alloc(Math.min(CHUNK, length));
    for (let done = 0; done < length; ) {
      const wanted = Math.min(buffer.length, length - done);
      const got = readSync(fd, buffer, 0, wanted, whole.offset + at + done);
      if (got === 0) break;
      hash.update(buffer.subarray(0, got));
      done += got;
    }
    return hash.digest('hex');
  } finally {
    closeSync(fd);
  }
}
