/** What differs between two captures of processes, in the words of the document. Pure. */
import type { Mapping, Memory, Pages, Process, Thread } from '../../image-format/neutral/index.js';
import { changesOf, type FieldChange } from './changes.js';
import { describeFile, describeMapping, isSocket } from './describe.js';
import type { PlainTree } from './plain.js';

export type Change = 'added' | 'removed' | 'changed';

/** Something that one side has and the other has not, or has differently. */
export interface PartDiff {
  readonly change: Change;
  /** Which one: a thread ID, a descriptor number, an address. */
  readonly key: string;
  readonly what: string;
  readonly fields: readonly FieldChange[];
}

export interface ProcessDiff {
  readonly pid: number;
  readonly name: string;
  readonly change: Change | 'same';
  readonly fields: readonly FieldChange[];
  readonly threads: readonly PartDiff[];
  readonly files: readonly PartDiff[];
  readonly sockets: readonly PartDiff[];
  readonly mappings: readonly PartDiff[];
}

/** Contents of memory that one side has or both, for whoever can read them. */
export interface PagePair {
  readonly pid: number;
  readonly name: string;
  /** What the pages belong to: `private memory`, a shared mapping, or a memory file. */
  readonly what: string;
  /** Without runs where a side has none: then there is no payload either. */
  readonly a: Pages;
  readonly b: Pages;
}

export interface TreeDiff {
  readonly processes: readonly ProcessDiff[];
  readonly pages: readonly PagePair[];
}

/**
 * Two trees, process by process (by PID), and the pairs of page payloads that have to be compared to know of the memory. Pure.
 */
export function diffTrees(a: PlainTree, b: PlainTree): TreeDiff {
  const there = new Map(b.tree.processes.map(process => [process.pid, process]));
  const pages: PagePair[] = [];
  const compared = new Set<string>();
  const processes = a.tree.processes.map(process => {
    const other = there.get(process.pid);
    there.delete(process.pid);
    if (other === undefined) return alone(process, 'removed');
    for (const pair of pagePairs(a, process, b, other)) {
      // memory that processes share is compared once
      const key = `${pair.a.payload} ${pair.b.payload}`;
      if (!compared.has(key)) pages.push(pair);
      compared.add(key);
    }
    return diffProcess(a, process, b, other);
  });
  return { processes: [...processes, ...[...there.values()].map(one => alone(one, 'added'))], pages };
}

function alone({ pid, name = '' }: Process, change: Change): ProcessDiff {
  return { pid, name, change, fields: [], threads: [], files: [], sockets: [], mappings: [] };
}

function diffProcess(a: PlainTree, left: Process, b: PlainTree, right: Process): ProcessDiff {
  const descriptors = diffParts(descriptorsOf(a, left), descriptorsOf(b, right));
  const parts = {
    fields: changesOf(ownFields(a, left), ownFields(b, right)),
    threads: diffParts(threadsOf(a, left), threadsOf(b, right)),
    files: descriptors.filter(part => !part.socket).map(withoutMark),
    sockets: descriptors.filter(part => part.socket).map(withoutMark),
    mappings: diffParts(mappingsOf(a, left), mappingsOf(b, right)).map(withoutMark),
  };
  const same = Object.values(parts).every(list => list.length === 0);
  return { pid: left.pid, name: right.name ?? left.name ?? '', change: same ? 'same' : 'changed', ...parts };
}

interface Part {
  readonly key: string;
  readonly what: string;
  readonly socket?: boolean;
  readonly plain: unknown;
}

type MarkedDiff = PartDiff & { readonly socket?: boolean };

function withoutMark({ change, key, what, fields }: MarkedDiff): PartDiff {
  return { change, key, what, fields };
}

function diffParts(left: readonly Part[], right: readonly Part[]): MarkedDiff[] {
  const there = new Map(right.map(part => [part.key, part]));
  const out: MarkedDiff[] = [];
  const mark = ({ socket }: Part) => (socket === undefined ? undefined : { socket });
  for (const part of left) {
    const other = there.get(part.key);
    there.delete(part.key);
    const { key, what } = part;
    if (other === undefined) {
      out.push({ change: 'removed', key, what, fields: [], ...mark(part) });
      continue;
    }
    const fields = changesOf(part.plain, other.plain);
    if (fields.length > 0) out.push({ change: 'changed', key, what: other.what, fields, ...mark(other) });
  }
  for (const part of there.values()) {
    out.push({ change: 'added', key: part.key, what: part.what, fields: [], ...mark(part) });
  }
  return out;
}

/** The fields of the process itself; what it refers to is told apart. */
function ownFields(side: PlainTree, process: Process): unknown {
  const { pid: _pid, memory, descriptors: _table, threads: _threads, ...own } = process;
  const {
    mappings: _mappings,
    pages: _pages,
    ...space
  } = memoryOf(side, memory) ?? {
    mappings: [],
    pages: undefined,
  };
  return side.plain({ ...own, memory: space });
}

function memoryOf(side: PlainTree, id: string | undefined): Memory | undefined {
  return side.tree.memories.find(memory => memory.id === id);
}

function threadsOf(side: PlainTree, { threads }: Process): Part[] {
  return threads.map((thread: Thread) => ({
    key: String(thread.tid),
    what: `thread ${thread.tid}${thread.name === undefined ? '' : ` ${thread.name}`}`,
    plain: side.plain(thread),
  }));
}

function descriptorsOf(side: PlainTree, process: Process): Part[] {
  const table = side.tree.descriptorTables.find(({ id }) => id === process.descriptors);
  const files = new Map(side.tree.openFiles.map(file => [file.id, file]));
  return (table?.entries ?? []).map(entry => {
    const file = files.get(entry.refersTo);
    const { number, ...rest } = entry;
    return { key: String(number), what: describeFile(file), socket: isSocket(file), plain: side.plain(rest) };
  });
}

function mappingsOf(side: PlainTree, process: Process): Part[] {
  return (memoryOf(side, process.memory)?.mappings ?? []).map(mapping => ({
    key: mapping.start,
    what: describeMapping(mapping, side.tree),
    plain: side.plain(mapping),
  }));
}

/** Memory by what it is called: of the process alone, where it is mapped, and that of memory files by who has them open. */
function memoriesOf(side: PlainTree, process: Process): ReadonlyMap<string, Pages> {
  const own = memoryOf(side, process.memory);
  const segments = new Map(side.tree.sharedMemories.map(({ id, pages }) => [id, pages]));
  const files = new Map(side.tree.openFiles.map(file => [file.id, file]));
  const memfds = new Map(side.tree.memfds.map(memfd => [memfd.id, memfd.contents]));
  const ofFile = (id: string): string | undefined => {
    const file = files.get(id);
    return file?.kind === 'memfd' ? memfds.get(file.memfd) : undefined;
  };
  const ofMapping = ({ backing }: Mapping): string | undefined =>
    backing.kind === 'memfd' ? ofFile(backing.file) : 'segment' in backing ? backing.segment : undefined;
  const table = side.tree.descriptorTables.find(({ id }) => id === process.descriptors);
  const found: readonly (readonly [string, Pages | undefined])[] = [
    ['private memory', own?.pages],
    ...(own?.mappings ?? []).map(
      mapping => [`shared memory at ${mapping.start}`, segments.get(ofMapping(mapping) ?? '')] as const,
    ),
    ...(table?.entries ?? []).map(
      ({ number, refersTo }) =>
        [`memory file at descriptor ${number}`, segments.get(ofFile(refersTo) ?? '')] as const,
    ),
  ];
  return new Map(found.flatMap(([what, pages]) => (pages === undefined ? [] : [[what, pages] as const])));
}

/** Also of what has pages on one side only: those are all new, or gone. */
function pagePairs(a: PlainTree, left: Process, b: PlainTree, right: Process): PagePair[] {
  const { pid, name = '' } = left;
  const [here, there] = [memoriesOf(a, left), memoriesOf(b, right)];
  return [...new Set([...here.keys(), ...there.keys()])].map(what => ({
    ...{ pid, name, what },
    a: here.get(what) ?? NO_PAGES,
    b: there.get(what) ?? NO_PAGES,
  }));
}

const NO_PAGES: Pages = { payload: '', runs: [] };
