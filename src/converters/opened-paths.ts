import { hasEnded } from '../image-format/neutral/has-ended.js';
import type { OpenFile, Tree } from '../image-format/neutral/index.js';
import { itemsOf } from '../image-format/neutral/packed-list.js';
import { filesById } from './kernel/find-bytes.js';

/** What CRIU opens for a process by its path. */
export interface OpenedPath {
  readonly pid: number;
  /** Where /proc/PID has a link to what was opened (proc(5)): fd/3, cwd, root, exe, map_files/START-END. */
  readonly place: string;
  readonly path: string;
}

/**
 * The files, folders and FIFOs that a thaw opens by their paths, for each process that has them. Not those without a name any more,
 * which CRIU makes itself. Pure.
 * @param wanted whether a path matters
 */
export function openedPaths(tree: Tree, wanted: (path: string) => boolean): readonly OpenedPath[] {
  const paths = wantedPaths(tree, wanted);
  if (paths.size === 0) return [];
  const tables = new Map(tree.descriptorTables.map(table => [table.id, table.entries]));
  const filesystems = new Map(tree.filesystems.map(one => [one.id, one]));
  const memories = new Map(tree.memories.map(one => [one.id, one]));
  const mapped = leftToMappings(tree, paths);
  return tree.processes
    .filter(process => !hasEnded(process))
    .flatMap(process => {
      const { pid } = process;
      const memory = memories.get(process.memory ?? '');
      const filesystem = filesystems.get(process.filesystem ?? '');
      const places: [place: string, file: string | undefined][] = [
        ['cwd', filesystem?.workingDirectory],
        ['root', filesystem?.root],
        ['exe', memory?.executable],
      ];
      for (const { number, refersTo } of tables.get(process.descriptors ?? '') ?? [])
        places.push([`fd/${number}`, refersTo]);
      if (memory !== undefined && mapped.size > 0) {
        for (const { backing, start, end } of itemsOf(memory, 'mappings'))
          if (backing.kind === 'file' && mapped.has(backing.file))
            places.push([`map_files/${start.slice(2)}-${end.slice(2)}`, backing.file]);
      }
      return places.flatMap(([place, file]) => {
        const path = paths.get(file ?? '');
        return path === undefined ? [] : [{ pid, place, path }];
      });
    });
}

function wantedPaths(tree: Tree, wanted: (path: string) => boolean): ReadonlyMap<string, string> {
  const nameless = new Set(tree.remaps.map(({ file }) => file));
  const files = filesById(tree);
  return new Map(
    tree.openFiles.flatMap(file => {
      const named = namedFile(file, files);
      if (named === undefined || nameless.has(file.id) || nameless.has(named.id)) return [];
      return wanted(named.path) ? [[file.id, named.path] as const] : [];
    }),
  );
}

/** The file that has the path: of a FIFO the one by which it was opened. */
function namedFile(file: OpenFile, files: ReadonlyMap<string, OpenFile>) {
  const named = file.kind === 'fifo' ? files.get(file.file ?? '') : file;
  if (named?.kind !== 'regular' || named.external === true || !named.path.startsWith('/')) return undefined;
  return named;
}

/** Those that nothing but a mapping can have: there can be hundreds of thousands of mappings to look at. */
function leftToMappings(tree: Tree, paths: ReadonlyMap<string, string>): ReadonlySet<string> {
  const left = new Set(paths.keys());
  for (const { entries } of tree.descriptorTables) for (const { refersTo } of entries) left.delete(refersTo);
  for (const { workingDirectory, root } of tree.filesystems) {
    left.delete(workingDirectory);
    left.delete(root);
  }
  for (const { executable } of tree.memories) left.delete(executable);
  return left;
}
