import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { LiftedTree } from '../../converters/index.js';
import { fail } from '../../errors.js';
import type { FileDigest } from '../../image-format/bundle/digest.js';
import { pagesExpected } from '../../image-format/neutral/pages-expected.js';
import type { Dump } from '../dump/prepare-freeze.js';
import type { Workplace } from '../store/workplace.js';
import type { PageFollower } from './follow-pages.js';

/** Digests at once, each of its own file: a core each. */
const FILES_AT_ONCE = 2;

/** A page file on its way into the bundle. */
export interface PageMember {
  /** Path in the bundle. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly file: FileDigest;
}

/**
 * Moves the page files into the bundle; refuses one whose size is not what the page maps count. They are on their way
 * to stable storage when this returns, and there when `file.synced()` resolves.
 * @param follower has begun digests while CRIU wrote
 */
export async function takePages(
  workplace: Workplace,
  dumps: readonly Dump[],
  lifted: readonly LiftedTree[],
  follower: PageFollower,
): Promise<PageMember[]> {
  const members: PageMember[] = [];
  for (const [index, dump] of dumps.entries()) {
    const tree = lifted[index]?.tree;
    if (!tree) continue;
    const expected = pagesExpected(tree);
    mkdirSync(join(workplace.bundle, 'memory', tree.label), { recursive: true, mode: 0o700 });
    for (const { member } of tree.pageFiles) {
      const name = member.slice(member.lastIndexOf('/') + 1);
      const from = join(dump.images, name);
      const file = follower.digestOf(from);
      const size = file.size();
      members.push({ path: member, size, file });
      const wanted = expected.get(member) ?? 0;
      if (size !== wanted) throw fail('freeze-pages-short', { member: name, actual: size, expected: wanted });
      file.sync(size);
      renameSync(from, join(workplace.bundle, member));
    }
  }
  return members;
}

/** Finishes the digests of page files, on both cores; gives them by path. */
export async function digestPages(
  pages: readonly PageMember[],
  onBytes?: (bytes: number) => void,
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const waiting = [...pages];
  const next = async (): Promise<void> => {
    for (let page = waiting.shift(); page; page = waiting.shift()) {
      digests.set(page.path, await page.file.finish(page.size, FILES_AT_ONCE, onBytes));
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, next));
  return digests;
}
