import { itemsOf } from './packed-list.js';
import { lengthOfRun } from './page-runs.js';
import type { Tree } from './tree.js';

/**
 * How many bytes each page member must have, by what the document counts. Pure. Keys are member paths; a member that
 * no address space refers to must be empty.
 */
export function pagesExpected(tree: Tree): ReadonlyMap<string, number> {
  const expected = new Map<string, number>(tree.pageFiles.map(({ member }) => [member, 0]));
  for (const { pages } of [...tree.memories, ...tree.sharedMemories]) {
    if (!pages) continue;
    for (const run of itemsOf(pages, 'runs')) {
      if (run.at === undefined) continue;
      const end = run.at + lengthOfRun(run);
      expected.set(pages.payload, Math.max(expected.get(pages.payload) ?? 0, end));
    }
  }
  return expected;
}
