/** No schemas here. */
import type { Mapping, Pages } from './memory.js';
import type { Tree } from './tree.js';

/** Contents of memory that processes share, by what leads there; undefined where nothing of it is in memory. */
export interface SharedPages {
  ofMapping(mapping: Mapping): Pages | undefined;
  /** Of an open file, by its id: a memory file's (memfd_create(2)). */
  ofFile(id: string): Pages | undefined;
}

/** CRIU saves shared anonymous memory as a memory file that nobody has open, where the kernel calls it one (/dev/zero). */
export function sharedPagesIn({
  openFiles,
  memfds,
  sharedMemories,
}: Pick<Tree, 'openFiles' | 'memfds' | 'sharedMemories'>): SharedPages {
  const segments = new Map(sharedMemories.map(({ id, pages }) => [id, pages]));
  const contents = new Map(memfds.map(memfd => [memfd.id, memfd.contents]));
  const files = new Map(
    openFiles.flatMap(file => (file.kind === 'memfd' ? [[file.id, contents.get(file.memfd)] as const] : [])),
  );
  const ofFile = (id: string): Pages | undefined => segments.get(files.get(id) ?? '');
  return {
    ofFile,
    ofMapping: ({ backing }) => {
      if (backing.kind === 'memfd') return ofFile(backing.file);
      return 'segment' in backing ? segments.get(backing.segment ?? '') : undefined;
    },
  };
}
