import { constants } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { LoweredTree, RestorableTree } from '../converters/index.js';
import { fail, messageOf } from '../errors.js';
import { syncPath } from '../image-format/bundle/durable.js';
import { type Placement, placeFile } from '../image-format/bundle/place-file.js';
import { makeWorkDirectory, PARTIAL, type WorkOwner } from '../image-format/bundle/store.js';
import { blamingDocument } from '../image-format/criu/blame-document.js';
import { writeImageSet } from '../image-format/criu/write-image-set.js';
import { writeLayer } from '../image-format/criu/write-layer.js';
import { lookAt } from '../image-format/look-at.js';
import { fileOf, type Source } from './source.js';

/** A lowered tree, and the directory below the target that it goes into ('' for the target itself). */
export interface TreeImages {
  readonly below: string;
  readonly lowered: LoweredTree & Partial<Pick<RestorableTree, 'mends'>>;
}

/**
 * Throws `convert-target-exists` unless the path is free or an empty directory, `convert-target-unusable` where nothing can
 * be made beside it.
 */
export async function ensureTargetFree(target: string): Promise<void> {
  const folder = dirname(target);
  await making(target, async () => {
    if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no directory`);
    await access(folder, constants.W_OK);
  });
  const there = await lookAt(target);
  if (there === undefined) return;
  const names = there.isDirectory() ? await readdir(target) : [target];
  if (names.length > 0) throw fail('convert-target-exists', { where: target });
}

/**
 * Writes images so that they appear in their place complete, or not at all. Pages are placed, not read.
 * @param target a path that is free (see `ensureTargetFree`)
 * @param admit is asked when all images were made, and throws if they must not appear
 */
export async function writeImages(
  { source, owner }: { readonly source: Source; readonly owner: WorkOwner },
  target: string,
  trees: readonly TreeImages[],
  admit: () => void,
): Promise<Placement[]> {
  const where = resolve(target);
  const { path } = await making(where, () => makeWorkDirectory(dirname(where), owner, PARTIAL));
  const work = join(path, basename(where));
  const placements: Placement[] = [];
  try {
    await mkdir(work, { mode: 0o700 });
    for (const { below, lowered } of trees) {
      const directory = join(work, below);
      if (below !== '') await mkdir(directory, { mode: 0o700 });
      const member = fileOf(source);
      blamingDocument(() => writeImageSet(directory, lowered.images, { version: lowered.release }));
      const pages = new Map(lowered.pages.map(page => [page.file, page.member]));
      const place = async (file: string, to: string): Promise<void> => {
        const from = pages.get(file);
        if (from === undefined)
          throw fail('document-contradictory', { path: file, detail: 'there is no such page file' });
        placements.push(await making(where, () => placeFile(member(from), to)));
      };
      const layered = new Set(lowered.layer?.parentPages);
      await writeLayer(directory, lowered, member, place);
      for (const file of pages.keys()) if (!layered.has(file)) await place(file, join(directory, file));
    }
    admit();
    await making(where, () => rename(work, where));
    await syncPath(dirname(where));
    return placements;
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** Does something in the place of a target, and throws `convert-target-unusable` when it cannot be. */
export async function making<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw fail('convert-target-unusable', { where, problem: messageOf(cause) }, { cause });
  }
}
