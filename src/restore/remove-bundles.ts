import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail } from '../errors.js';
import { removeGuards } from '../host/guard-keeper.js';
import { guardTable } from '../host/nftables.js';
import { workOwner } from '../host/work-owner.js';
import { syncPath } from '../image-format/bundle/durable.js';
import { hasGuard } from '../image-format/bundle/manifest.js';
import { type Bundle, openBundle } from '../image-format/bundle/open-bundle.js';
import { currentState } from '../image-format/bundle/state.js';
import { bundlePath, makeWorkDirectory, openStore } from '../image-format/bundle/store.js';
import { strangerIn, strayFailure, strayKind } from '../image-format/bundle/stray.js';
import { readVerifiedDocument } from '../image-format/bundle/verify-document.js';
import { lookAt } from '../image-format/look-at.js';
import { takeBundle } from './claim.js';
import { removeLocks } from './network-locks.js';

export interface RemoveRequest {
  readonly store: string;
  readonly names: readonly string[];
  /** Whether processes that are nowhere else are given up. */
  readonly force: boolean;
  /** Looks only. */
  readonly dryRun: boolean;
}

/** A bundle to be removed. */
interface Chosen {
  readonly name: string;
  readonly path: string;
  /** undefined for one that is damaged. */
  readonly bundle: Bundle | undefined;
}

/**
 * Removes bundles, all that are named or none; gives their names, each once. They leave the store by a rename, and are deleted
 * only then: one that is half deleted would look like one that is damaged. Throws `bundle-missing`, `bundle-not-directory`,
 * `bundle-none`, `rm-only-copy`, `rm-stranger`, `thaw-under-way`, and what stands against reading a bundle.
 */
export async function removeBundles(request: RemoveRequest): Promise<readonly string[]> {
  const store = resolve(request.store);
  const names = [...new Set(request.names)];
  const seen = await chooseAll(names, store, request.force);
  if (request.dryRun) return names;
  const owner = workOwner();
  const place = { ...(await makeWorkDirectory(store, owner)), owner };
  try {
    for (const { name, bundle } of seen)
      if (bundle !== undefined) await takeBundle(store, { name, id: bundle.manifest.id }, place);
    // Only what they are now counts: until they were taken, a thaw could still begin or end.
    const chosen = await chooseAll(names, store, request.force);
    await moveAll(chosen, place.path);
    await syncPath(store);
    for (const { name, bundle } of chosen)
      if (bundle !== undefined && isOnlyCopy(bundle))
        await unlock({ ...bundle, path: join(place.path, name) });
    return names;
  } finally {
    await rm(place.path, { recursive: true, force: true });
  }
}

async function chooseAll(names: readonly string[], store: string, force: boolean): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  for (const name of names) chosen.push(await choose(name, store, force));
  return chosen;
}

async function choose(name: string, store: string, force: boolean): Promise<Chosen> {
  const path = bundlePath(store, name);
  if (!(await lookAt(path))) throw fail('bundle-missing', { name, store: await openStore(store) });
  const stray = await strayKind(path);
  if (stray !== undefined) throw strayFailure(path, stray);
  const bundle = await openBundle(path).catch(error => {
    // What cannot be read cannot be known to be used up.
    if (!force) throw error;
    return undefined;
  });
  const stranger = bundle === undefined ? await strangerIn(path) : undefined;
  if (stranger !== undefined) throw fail('rm-stranger', { path, stranger });
  if (bundle !== undefined && isOnlyCopy(bundle) && !force) throw fail('rm-only-copy', { name });
  return { name, path, bundle };
}

function isOnlyCopy({ state, manifest }: Bundle): boolean {
  return currentState(state).state !== 'thawed' && !manifest.options.leftRunning;
}

/** Moves all, or none: one that is a mount point cannot be moved. */
async function moveAll(chosen: readonly Chosen[], to: string): Promise<void> {
  const moved: Chosen[] = [];
  try {
    for (const one of chosen) {
      await rename(one.path, join(to, one.name));
      moved.push(one);
    }
  } catch (error) {
    for (const { name, path } of moved) await rename(join(to, name), path);
    throw error;
  }
}

/** Takes the kernel's rules for its connections away with a bundle that nobody will thaw: the guard's, and those of CRIU. */
async function unlock(bundle: Bundle): Promise<void> {
  if (hasGuard(bundle.manifest)) await removeGuards(guardTable(bundle.manifest.id));
  // What is damaged can be removed all the same.
  const document = await readVerifiedDocument(bundle).catch(() => undefined);
  const trees = document?.trees ?? [];
  await removeLocks(
    bundle,
    trees.map(({ capture, root }) => ({ root, runId: capture?.runId })),
  );
}
