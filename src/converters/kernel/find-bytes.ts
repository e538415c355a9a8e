/** Where bytes of a process lie: in which file they are mapped from, and in which page payload. Pure. */

import type { Memory, OpenFile, Tree } from '../../image-format/neutral/index.js';
import { PAGE as BYTES_IN_PAGE } from '../../image-format/page.js';

const PAGE = BigInt(BYTES_IN_PAGE);

/** A file that is mapped into an address space, and the address at which its first byte lies. */
export interface MappedFile {
  readonly path: string;
  readonly start: bigint;
}

/** Every regular file that is mapped from its beginning. */
export function mappedFiles(memory: Memory, files: ReadonlyMap<string, OpenFile>): MappedFile[] {
  return memory.mappings.flatMap(({ backing, start }) => {
    if (backing.kind !== 'file' || backing.offset !== undefined) return [];
    const file = files.get(backing.file);
    return file?.kind === 'regular' ? [{ path: file.path, start: BigInt(start) }] : [];
  });
}

/** A tree's open files by the names that mappings and descriptors give them (`file-7`). */
export function filesById(tree: Tree): ReadonlyMap<string, OpenFile> {
  return new Map(tree.openFiles.map(file => [file.id, file]));
}

/** Where the byte at an address lies in the page payload; undefined where the page was not saved. */
export function locate(memory: Memory, address: bigint): { member: string; offset: number } | undefined {
  if (memory.pages === undefined) return undefined;
  for (const run of memory.pages.runs) {
    const start = BigInt(run.start);
    if (run.at === undefined || address < start || address >= start + BigInt(run.count) * PAGE) continue;
    return { member: memory.pages.payload, offset: run.at + Number(address - start) };
  }
  return undefined;
}
