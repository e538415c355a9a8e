import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CkptError, fail } from '../../errors.js';
import { lookAt } from '../look-at.js';
import { replaceDurably } from './durable.js';
import { FROZEN, isBundleName, MANIFEST, MAX_MANIFEST, STATE } from './layout.js';
import type { Manifest } from './manifest.js';
import { manifestFromJson } from './manifest-schema.js';
import { type State, type StateEntry, stateToJson } from './state.js';
import { stateFromJson } from './state-schema.js';
import { bundlePath, openStore } from './store.js';
import { type Stray, strayFailure, strayKind } from './stray.js';

/** A bundle whose manifest and state have been read and validated; its other members have not. */
export interface Bundle {
  readonly path: string;
  readonly name: string;
  readonly manifest: Manifest;
  readonly state: State;
}

/** What `ckpt list` shows of a directory in the store that is no readable bundle. */
export interface BrokenBundle {
  readonly path: string;
  readonly name: string;
  readonly problem: Error;
}

/**
 * Reads and validates manifest and state of the bundle in `path`. Throws `bundle-not-directory` and `bundle-none` for what is no
 * bundle, `bundle-manifest-…` and `bundle-state-invalid` for one that is damaged.
 */
export async function openBundle(path: string): Promise<Bundle> {
  const name = basename(path);
  // Of what nobody can look at, what follows says why.
  const stray = await strayKind(path).catch(() => undefined);
  if (stray !== undefined) throw strayFailure(path, stray);
  const manifest = manifestFromJson(await readCapped(path, MANIFEST, name), name);
  const state = await readCapped(path, STATE, name).catch(cause => {
    if (!(cause instanceof CkptError)) throw cause;
    throw fail('bundle-state-invalid', { bundle: name }, { cause });
  });
  return { path, name, manifest, state: stateFromJson(state, name) };
}

/**
 * Every bundle in the store, oldest freeze first; beside them what cannot be read, with the reason, and what is none. Throws
 * `store-missing`.
 */
export async function listBundles(
  store: string,
): Promise<{ bundles: Bundle[]; broken: BrokenBundle[]; strays: Stray[] }> {
  const root = await openStore(store);
  const bundles: Bundle[] = [];
  const broken: BrokenBundle[] = [];
  const strays: Stray[] = [];
  for (const name of (await readdir(root)).filter(isBundleName).sort()) {
    const path = join(root, name);
    try {
      const kind = await strayKind(path);
      if (kind === undefined) bundles.push(await openBundle(path));
      else strays.push({ path, name, kind });
    } catch (error) {
      // Somebody may have removed it meanwhile.
      if (!(await lookAt(path))) continue;
      broken.push({ path, name, problem: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  bundles.sort((a, b) => a.manifest.createdAt.localeCompare(b.manifest.createdAt));
  return { bundles, broken, strays };
}

/** The bundle named so in the store; throws `bundle-missing`, and `store-missing`. */
export async function findBundle(store: string, name: string): Promise<Bundle> {
  const path = bundlePath(store, name);
  if (!(await lookAt(path))) throw fail('bundle-missing', { name, store: await openStore(store) });
  return unlessRemoved({ path, name }, openBundle(path));
}

/** What becomes of work on a bundle that nobody has claimed; throws `bundle-missing` where it failed because somebody removed it. */
export async function unlessRemoved<T>(
  { path, name }: Pick<Bundle, 'path' | 'name'>,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (await lookAt(path)) throw error;
    throw fail('bundle-missing', { name, store: dirname(path) }, { cause: error });
  }
}

/** Adds a line to the bundle's history, durably. See `replaceDurably` for `scratch`. */
export async function recordState(bundle: Bundle, entry: StateEntry, scratch: string): Promise<Bundle> {
  const state = { history: [...bundle.state.history, entry] };
  await replaceDurably(join(bundle.path, STATE), stateToJson(state), scratch);
  return { ...bundle, state };
}

/**
 * Takes back that the processes are nowhere but in the bundle. The next `recordState` makes it durable: a power cut must not
 * bring the mark back, or systemd would hold their service back for ever.
 */
export async function removeFrozenMark(bundle: Bundle): Promise<void> {
  await rm(join(bundle.path, FROZEN), { force: true });
}

/** Removes it with all that it holds, at once: `ckpt rm` asks first whether anything is lost by it (restore/remove-bundles.ts). */
export async function removeBundle(bundle: { readonly path: string }): Promise<void> {
  await rm(bundle.path, { recursive: true });
}

/** Reads a small member after looking at what it is: a plain file below the cap. */
async function readCapped(directory: string, member: string, bundle: string): Promise<string> {
  const path = join(directory, member);
  const there = await lookAt(path);
  if (!there) throw fail('bundle-manifest-missing', { bundle });
  if (!there.isFile()) throw fail('bundle-member-kind', { bundle, member, kind: 'not a plain file' });
  if (there.size > MAX_MANIFEST) {
    throw fail('bundle-member-size', {
      bundle,
      member,
      actual: there.size,
      expected: `at most ${MAX_MANIFEST}`,
    });
  }
  return readFile(path, 'utf8');
}
