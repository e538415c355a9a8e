import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { LoweredTree, PagePatch } from '../converters/index.js';
import { fail } from '../errors.js';
import { syncPath } from '../image-format/bundle/durable.js';
import { type Placement, placeFile } from '../image-format/bundle/place-file.js';
import { writeLayeredSet } from '../image-format/criu/write-layered-set.js';
import type { Source } from './source.js';

/** A lowered tree, and the directory below the target that it goes into ('' for the target itself). */
export interface TreeImages {
  readonly place: string;
  readonly lowered: LoweredTree;
}

/** Throws `convert-target-exists` unless the path is free or an empty directory. */
export async function ensureTargetFree(target: string): Promise<void> {
  const there = await lstat(target).catch(() => undefined);
  if (there === undefined) return;
  const names = there.isDirectory() ? await readdir(target) : [target];
  if (names.length > 0) throw fail('convert-target-exists', { where: target });
}

/** Writes images so that they appear in their place complete, or not at all. Pages are placed, not read. */
export async function writeImages(
  source: Source,
  target: string,
  trees: readonly TreeImages[],
): Promise<Placement[]> {
  const where = resolve(target);
  await ensureTargetFree(where);
  const work = `${where}.partial-${process.pid}`;
  const placements: Placement[] = [];
  try {
    await making(work, () => mkdir(work, { mode: 0o700 }));
    for (const { place, lowered } of trees) {
      const directory = join(work, place);
      if (place !== '') await mkdir(directory, { mode: 0o700 });
      await checkPatches(source, lowered.patches);
      const places = writeLayeredSet(directory, lowered, lowered.release);
      for (const { file, member } of lowered.pages) {
        const from = source.member(member);
        if (typeof from !== 'string') throw new RangeError(`${member} is no file`);
        placements.push(await placeFile(from, join(places.get(file) ?? directory, file)));
      }
    }
    await making(where, () => rename(work, where));
    await syncPath(dirname(where));
    return placements;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function making(where: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw fail('convert-target-unusable', { where, problem: (cause as Error).message }, { cause });
  }
}

/** Refuses to change bytes that are not the ones that the rule knows. */
async function checkPatches(source: Source, patches: readonly PagePatch[]): Promise<void> {
  for (const { pid, address, expected, location, reason } of patches) {
    const path = source.member(location.member);
    if (typeof path !== 'string') throw new RangeError(`${location.member} is no file`);
    const handle = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(expected.length / 2);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, location.offset);
      const found = bytes.subarray(0, bytesRead).toString('hex');
      if (found !== expected) throw fail('convert-patch-refused', { pid, address, found, expected, reason });
    } finally {
      await handle.close();
    }
  }
}
