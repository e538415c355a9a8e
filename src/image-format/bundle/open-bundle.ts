import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CkptError, fail } from '../../errors.js';
import { lookAt } from '../look-at.js';
import { replaceDurably } from './durable.js';
import { DOCUMENT, FROZEN, isBundleName, MANIFEST, MAX_MANIFEST, STATE } from './layout.js';
import type { Manifest } from './manifest.js';
import { manifestFromJson } from './manifest-schema.js';
import { type State, type StateEntry, stateToJson } from './state.js';
import { stateFromJson } from './state-schema.js';
import { bundlePath, openStore } from './store.js';

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

/** What lies in a store and was never a bundle. */
export interface Stray {
  readonly path: string;
  readonly name: string;
  readonly kind: 'file' | 'link' | 'folder' | 'special file';
}

/** Reads and validates manifest and state of the bundle in `path`. */
export async function openBundle(path: string): Promise<Bundle> {
  const name = basename(path);
  const there = await lookAt(path);
  if (there && !there.isDirectory()) throw fail('bundle-not-directory', { bundle: name, path });
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
    const kind = await strayKind(path);
    if (kind !== undefined) {
      strays.push({ path, name, kind });
      continue;
    }
    try {
      bundles.push(await openBundle(path));
    } catch (error) {
      broken.push({ path, name, problem: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  bundles.sort((a, b) => a.manifest.createdAt.localeCompare(b.manifest.createdAt));
  return { bundles, broken, strays };
}

/** What something in a store is, when it is no bundle, not even a damaged one: a folder with no member of a bundle. */
async function strayKind(path: string): Promise<Stray['kind'] | undefined> {
  const there = await lstat(path);
  if (there.isSymbolicLink()) return 'link';
  if (there.isFile()) return 'file';
  if (!there.isDirectory()) return 'special file';
  const members = await readdir(path);
  return members.some(member => [MANIFEST, STATE, DOCUMENT].includes(member)) ? undefined : 'folder';
}

/** The bundle named so in the store; throws `bundle-missing`, and `store-missing`. */
export async function findBundle(store: string, name: string): Promise<Bundle> {
  const path = bundlePath(store, name);
  if (!(await lookAt(path))) throw fail('bundle-missing', { name, store: await openStore(store) });
  return openBundle(path);
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

export async function removeBundle(bundle: { readonly path: string }): Promise<void> {
  await rm(bundle.path, { recursive: true });
}

/** Reads a small member after looking at what it is: a plain file below the cap. */
async function readCapped(directory: string, member: string, bundle: string): Promise<string> {
  const path = join(directory, member);
  const there = await lookAt(path);
  if (!there) throw fail('bundle-member-missing', { bundle, member });
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
