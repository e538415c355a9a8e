import type { Tree } from '../image-format/neutral/index.js';

/** A lock that a frozen process held on a file that has a name. */
export interface FrozenLock {
  readonly path: string;
  /** A lock of flock(2) and one of fcntl(2) do not see each other (flock(2), NOTES). */
  readonly kind: 'flock' | 'fcntl';
  readonly exclusive: boolean;
  readonly first: number;
  /** Infinity for the end of the file. */
  readonly last: number;
}

/** The locks that a thaw takes again; leases bind nobody. Pure. */
export function frozenLocks(tree: Tree): readonly FrozenLock[] {
  if (tree.fileLocks.length === 0) return [];
  const tables = new Map(tree.descriptorTables.map(table => [table.id, table]));
  const files = new Map(tree.openFiles.map(file => [file.id, file]));
  const processes = new Map(tree.processes.map(process => [process.pid, process]));
  const nameless = new Set(tree.remaps.map(({ file }) => file));
  return tree.fileLocks.flatMap(({ kind, type, pid, descriptor, start, length }) => {
    const table = tables.get(processes.get(pid)?.descriptors ?? '');
    const id = table?.entries.find(({ number }) => number === descriptor)?.refersTo ?? '';
    const file = files.get(id);
    if (file?.kind !== 'regular' || nameless.has(id)) return [];
    if (kind === 'lease' || type === 'unlock') return [];
    const first = Number(start);
    const last = length === '0' ? Number.POSITIVE_INFINITY : first + Number(length) - 1;
    const { path } = file;
    return [{ path, kind: kind === 'flock' ? kind : 'fcntl', exclusive: type === 'write', first, last }];
  });
}

/** Files that a tree has open for reading and writing anywhere in them, as databases do; not those that are added to. Pure. */
export function filesWrittenWithin(tree: Tree): readonly string[] {
  return tree.openFiles.flatMap(file =>
    file.kind === 'regular' && file.flags?.includes('O_RDWR') === true && !file.flags.includes('O_APPEND')
      ? [file.path]
      : [],
  );
}
