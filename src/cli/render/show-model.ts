import { fail } from '../../errors.js';
import { regionsOf } from '../../image-format/bundle/frozen-memory.js';
import type { DescriptorTable, Memory, OpenFile, Tree } from '../../image-format/neutral/index.js';
import { itemsOf } from '../../image-format/neutral/packed-list.js';
import { accessOf, describeFile, describeMapping, modeOf } from './show-words.js';

/** Most mappings and descriptors that are shown: processes that share them have them all again. */
const MOST_LINES = 2_000_000;

/** A process as `ckpt show` tells of it; the same for people and for programs. */
export interface ShownProcess {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Empty where the frozen memory does not hold it. */
  readonly commandLine: readonly string[];
  readonly state: string;
  readonly user: number | undefined;
  /** Its name where the processes were frozen. */
  readonly userName: string | undefined;
  readonly threads: readonly { readonly tid: number; readonly name: string }[];
  readonly workingDirectory: string | undefined;
  readonly memory: ShownMemory | undefined;
  readonly descriptors: readonly ShownDescriptor[];
}

export interface ShownMemory {
  /** Bytes of addresses. */
  readonly mapped: number;
  /** Bytes of contents in the bundle; those of shared segments count for each process that maps them. */
  readonly frozen: number;
  readonly mappings: readonly ShownMapping[];
}

export interface ShownMapping {
  readonly start: string;
  readonly end: string;
  /** As in /proc/PID/maps: r-xp. */
  readonly access: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of contents in the bundle. */
  readonly frozen: number;
  readonly what: string;
}

export interface ShownDescriptor {
  readonly number: number;
  readonly mode: string;
  readonly kind: OpenFile['kind'];
  readonly what: string;
  readonly closeOnExec: boolean;
}

/** Pure: all processes of a tree, parents first. */
export function shownProcesses(
  tree: Tree,
  commandLines: ReadonlyMap<number, readonly string[]>,
): ShownProcess[] {
  const files = new Map(tree.openFiles.map(file => [file.id, file]));
  const names = new Map(tree.machine?.users?.map(({ id, name }) => [id, name]));
  const filesystems = new Map(tree.filesystems.map(one => [one.id, one]));
  const tables = new Map(tree.descriptorTables.map(one => [one.id, one]));
  const memories = new Map(tree.memories.map(one => [one.id, one]));
  // processes made with CLONE_VM share one
  const shown = new Map<string, ShownMemory>();
  const memoryOf = (id: string): ShownMemory | undefined => {
    const memory = memories.get(id);
    if (memory === undefined) return undefined;
    const known = shown.get(id) ?? shownMemory(memory, tree);
    shown.set(id, known);
    return known;
  };
  let lines = 0;
  return tree.processes.map(process => {
    const memory = memoryOf(process.memory ?? '');
    lines += (memory?.mappings.length ?? 0) + (tables.get(process.descriptors ?? '')?.entries.length ?? 0);
    if (lines > MOST_LINES) throw fail('document-excessive', { where: 'what is to be shown' });
    const filesystem = filesystems.get(process.filesystem ?? '');
    const user = process.threads[0]?.credentials?.user;
    const directory = files.get(filesystem?.workingDirectory ?? '');
    return {
      pid: process.pid,
      parent: process.parent,
      name: process.name ?? '',
      commandLine: commandLines.get(process.pid) ?? [],
      state: process.state ?? 'running',
      user,
      userName: names.get(user ?? -1),
      threads: process.threads.map(({ tid, name }) => ({ tid, name: name ?? process.name ?? '' })),
      workingDirectory: directory?.kind === 'regular' ? directory.path : undefined,
      memory,
      descriptors: descriptorsOf(tables.get(process.descriptors ?? ''), tree, files),
    };
  });
}

/** Pure: the mappings of an address space, with how much of each is in the bundle. */
export function shownMemory(memory: Memory, tree: Tree): ShownMemory {
  const regions = regionsOf(memory, tree);
  const stack = BigInt(memory.layout.stackStart);
  let next = 0;
  // One by one: of a list of a million only what is shown is in memory.
  const mappings = Array.from(itemsOf(memory, 'mappings'), (mapping): ShownMapping => {
    const [start, end] = [BigInt(mapping.start), BigInt(mapping.end)];
    let frozen = 0n;
    // Both lists ascend, so that one walk is enough; a region can reach into the mapping after this one.
    while ((regions[next]?.end ?? end) < start) next += 1;
    for (let at = next; (regions[at]?.start ?? end) < end; at += 1) {
      const region = regions[at];
      if (!region || region.end <= start) continue;
      frozen += (region.end < end ? region.end : end) - (region.start > start ? region.start : start);
    }
    return {
      start: mapping.start,
      end: mapping.end,
      access: accessOf(mapping),
      size: Number(end - start),
      frozen: Number(frozen),
      what: start <= stack && stack < end ? '[stack]' : describeMapping(mapping, tree),
    };
  });
  return {
    mapped: mappings.reduce((sum, one) => sum + one.size, 0),
    frozen: mappings.reduce((sum, one) => sum + one.frozen, 0),
    mappings,
  };
}

function descriptorsOf(
  table: DescriptorTable | undefined,
  tree: Tree,
  files: ReadonlyMap<string, OpenFile>,
): ShownDescriptor[] {
  return (table?.entries ?? [])
    .map(({ number, refersTo, closeOnExec }): ShownDescriptor => {
      const file = files.get(refersTo);
      if (!file) return { number, mode: '', kind: 'external', what: refersTo, closeOnExec };
      return { number, mode: modeOf(file), kind: file.kind, what: describeFile(file, tree), closeOnExec };
    })
    .sort((a, b) => a.number - b.number);
}
