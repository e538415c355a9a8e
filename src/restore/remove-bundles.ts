import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail } from '../errors.js';
import type { Emit } from '../events.js';
import { removeGuards } from '../host/guard-keeper.js';
import { guardTable } from '../host/nftables.js';
import { workOwner } from '../host/work-owner.js';
import { syncPath } from '../image-format/bundle/durable.js';
import { hasGuard, type Manifest } from '../image-format/bundle/manifest.js';
import { type Bundle, listBundles, openBundle } from '../image-format/bundle/open-bundle.js';
import { currentState } from '../image-format/bundle/state.js';
import { bundlePath, makeWorkDirectory, openStore } from '../image-format/bundle/store.js';
import { strangerIn, strayFailure, strayKind } from '../image-format/bundle/stray.js';
import { readVerifiedDocument } from '../image-format/bundle/verify-document.js';
import { lookAt } from '../image-format/look-at.js';
import type { Document } from '../image-format/neutral/index.js';
import { together } from '../together.js';
import { takeBundle } from './claim.js';
import { ruleNamesOf } from './damaged-rules.js';
import { type Locked, removeLocks, removeNamedLocks } from './network-locks.js';

export interface RemoveRequest {
  readonly store: string;
  readonly names: readonly string[];
  /** Whether processes that are nowhere else are given up. */
  readonly force: boolean;
  /** Looks only. */
  readonly dryRun: boolean;
  readonly emit: Emit;
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
    const gone = chosen.filter(({ bundle }) => bundle === undefined || isOnlyCopy(bundle));
    await unlockAll(
      gone.map(one => ({ ...one, path: join(place.path, one.name) })),
      store,
      request.emit,
    );
    return names;
  } finally {
    await rm(place.path, { recursive: true, force: true });
  }
}

async function chooseAll(
  names: readonly string[],
  store: string,
  force: boolean,
): Promise<readonly Chosen[]> {
  return together(await Promise.allSettled(names.map(name => choose(name, store, force))));
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

/**
 * Takes the kernel's rules for their connections away with bundles that nobody will thaw: the guards, and those of CRIU. Not
 * those that a copy in the same store needs. The bundles are gone by then, so what stays is warned of.
 */
async function unlockAll(gone: readonly Chosen[], store: string, emit: Emit): Promise<void> {
  const { bundles } = await listBundles(store);
  const needed = new Set(bundles.map(({ manifest }) => guardTable(manifest.id)));
  for (const { name, path, bundle } of gone) {
    // What is damaged can be removed all the same.
    const document = bundle && (await readVerifiedDocument({ ...bundle, path }).catch(() => undefined));
    const names = document === undefined ? await ruleNamesOf(path) : undefined;
    const guard = bundle === undefined ? names?.guard : guardTable(bundle.manifest.id);
    if (guard !== undefined && needed.has(guard)) continue;
    const guarded = guard !== undefined && (bundle === undefined || hasGuard(bundle.manifest));
    const problems = [
      guarded ? await removeGuards(guard) : undefined,
      names === undefined ? undefined : await removeNamedLocks(names.runIds),
      bundle === undefined ? undefined : await removeLocks(bundle, locked(document, bundle.manifest)),
    ];
    const problem = problems.find(found => found !== undefined);
    if (problem === undefined) continue;
    const message = `rules still drop packets of the connections of ${name} (${problem}); nft list tables shows them (ckpt-…, CRIU-…), nft delete table takes them away`;
    emit({ type: 'warning', operation: 'rm', message });
  }
}

/** Of a damaged document the manifest tells the roots, by which a CRIU before 4.1 and ckpt name their rules. */
function locked(document: Document | undefined, manifest: Manifest): readonly Locked[] {
  if (document === undefined) return manifest.trees.map(({ root }) => ({ root, runId: undefined }));
  return document.trees.map(({ capture, root }) => ({ root, runId: capture?.runId }));
}
