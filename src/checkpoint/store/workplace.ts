import { linkSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fail } from '../../errors.js';
import { readStat } from '../../host/proc/process.js';
import { workOwner } from '../../host/work-owner.js';
import { syncPath } from '../../image-format/bundle/durable.js';
import { MANIFEST } from '../../image-format/bundle/layout.js';
import { ensureNameFree, makeWorkDirectory } from '../../image-format/bundle/store.js';

/**
 * The directory in the store where one freeze works. Its `bundle` becomes the bundle by one rename: that rename seals
 * the fate of the trees. `proof` is a second name of the manifest, by which the waiting hooks recognise it in its
 * final place (see `makeHold`).
 */
export interface Workplace {
  readonly id: string;
  readonly path: string;
  readonly bundle: string;
  readonly proof: string;
  readonly target: string;
  /** The manifest where it lies once the freeze is sealed. */
  readonly goal: string;
}

/** A place of its own in the store, on the same file system, so that one rename seals. Throws `bundle-name-taken`. */
export async function openWorkplace(store: string, name: string): Promise<Workplace> {
  const target = await ensureNameFree(store, name);
  const { id, path } = await makeWorkDirectory(store, workOwner());
  const bundle = join(path, 'bundle');
  await mkdir(bundle, { mode: 0o700 }).catch(async (error: unknown) => {
    await clearWorkplace({ path });
    throw error;
  });
  return { id, path, bundle, proof: join(path, 'proof'), target, goal: join(target, MANIFEST) };
}

/** Where a CRIU writes the images of a tree. */
export async function imagesDirectory(workplace: Workplace, label: string): Promise<string> {
  const path = join(workplace.path, `images-${label}`);
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** Which trees CRIU is at: a file in the work directory, a line each. */
const ROOTS = 'roots';

/**
 * Notes which trees CRIU is about to stop, for whoever sweeps up after a `ckpt` and a CRIU that were both killed. When each
 * began tells it from another process that has its PID by then.
 */
export function noteRoots({ path }: Workplace, pids: readonly number[]): void {
  writeFileSync(join(path, ROOTS), pids.map(pid => `${pid} ${readStat(pid)?.startTime ?? 0}\n`).join(''));
}

/** The roots noted in a work directory that still run. */
export function runningRoots(work: string): readonly number[] {
  try {
    const noted = readFileSync(join(work, ROOTS), 'utf8')
      .split('\n')
      .map(line => line.split(' ').map(Number));
    return noted.flatMap(([pid = 0, began]) => (pid > 0 && readStat(pid)?.startTime === began ? [pid] : []));
  } catch {
    return [];
  }
}

/**
 * Puts the complete bundle in its place. The caller has synced everything in it. When it throws, it is not there.
 * @param lastLook throws what stands against it at the last moment
 */
export async function seal(workplace: Workplace, lastLook: () => Promise<void>): Promise<void> {
  linkSync(join(workplace.bundle, MANIFEST), workplace.proof);
  await lastLook();
  putInPlace(workplace);
  try {
    await syncPath(dirname(workplace.target));
    await lastLook();
  } catch (error) {
    // The hooks have not looked yet: as long as they wait, the decision can still be taken back.
    await takeBack(workplace);
    throw error;
  }
}

/** Throws `bundle-name-taken` where somebody was faster: rename(2) replaces empty directories only. */
function putInPlace({ bundle, target }: Workplace): void {
  try {
    renameSync(bundle, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    throw fail('bundle-name-taken', { name: basename(target) }, { cause: error });
  }
}

/** Undoes a seal, as long as every tree in the bundle is known to run on. */
export async function takeBack({ bundle, target }: Workplace): Promise<void> {
  renameSync(target, bundle);
  await syncPath(dirname(target)).catch(() => {});
}

/**
 * Removes the place with all that is left in it. What was sealed is not there any more. Where it cannot be removed (a disk that
 * failed is read-only), the next freeze does: why that is so is told by what failed.
 */
export async function clearWorkplace(workplace: Pick<Workplace, 'path'>): Promise<void> {
  await rm(workplace.path, { recursive: true, force: true }).catch(() => {});
}
