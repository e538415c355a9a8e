import { basename, dirname, join, resolve } from 'node:path';
import { type CkptError, fail } from '../../errors.js';
import type { Bundle } from '../../image-format/bundle/open-bundle.js';
import { together } from '../../together.js';
import { asFailure } from '../render/failure.js';
import { shellWord } from '../render/shell-word.js';
import type { Io } from './io.js';

/** What a thaw is to bring back. */
export interface Chosen {
  readonly bundles: readonly Bundle[];
  /** Of what waits in the store, what nobody can begin with. */
  readonly failures: readonly CkptError[];
  /** Those of the bundles that were put into the store just now. */
  readonly fresh: readonly Bundle[];
}

/** The bundles that were named, each once, or all that wait. One that is not there keeps all of them from being begun with. */
export async function chooseBundles(
  io: Io,
  store: string,
  names: readonly string[],
  abort: AbortSignal,
): Promise<Chosen> {
  if (names.length === 0) return allThatWait(store);
  // What lies in the store is known at once: no file is unpacked for nothing.
  const inStore = new Map(together(await Promise.allSettled(names.map(name => inStoreNamed(store, name)))));
  const bundles = new Map<string, Bundle>();
  const fresh: Bundle[] = [];
  try {
    for (const name of names) {
      const lies = inStore.get(name);
      const one =
        lies === undefined ? await unpacked(io, store, name, abort) : { bundle: lies, fresh: false };
      bundles.set(one.bundle.path, one.bundle);
      if (one.fresh) fresh.push(one.bundle);
    }
  } catch (error) {
    const { removeBundle } = await import('../../image-format/bundle/open-bundle.js');
    for (const bundle of fresh) await removeBundle(bundle);
    throw error;
  }
  return { bundles: [...bundles.values()], failures: [], fresh };
}

/** With the bundle of that name, or whose folder in the store it is; undefined for a file. */
async function inStoreNamed(
  store: string,
  name: string,
): Promise<readonly [name: string, bundle: Bundle | undefined]> {
  const { findBundle } = await import('../../image-format/bundle/open-bundle.js');
  const bundle = name.includes('/') ? await nameOfFolder(store, name) : name;
  return [name, bundle?.endsWith('.ckpt') === false ? await findBundle(store, bundle) : undefined];
}

/** A file's bundle, after it was put into the store. */
async function unpacked(
  io: Io,
  store: string,
  name: string,
  abort: AbortSignal,
): Promise<{ readonly bundle: Bundle; readonly fresh: boolean }> {
  const { unpackBundle } = await import('../../image-format/bundle/archive.js');
  const { workOwner } = await import('../../host/work-owner.js');
  const admit = async (stranger: Bundle): Promise<void> => {
    await requireTrust(io, stranger);
    await refuseForeignGuard(stranger, name);
  };
  const onBytes = (done: number, total: number): void =>
    io.emit({ type: 'progress', operation: 'thaw', what: 'unpacking', done, total, unit: 'bytes' });
  const unpacking = unpackBundle(name, store, workOwner(), admit, { abort, onBytes });
  return unpacking.catch((error: unknown) => {
    throw abort.aborted ? fail('thaw-interrupted', { signal: String(abort.reason) }) : error;
  });
}

/** A freeze prints the path of its bundle: given as such, that means the bundle. undefined for what is no bundle's folder. */
async function nameOfFolder(store: string, path: string): Promise<string | undefined> {
  const [{ lookAt }, { MANIFEST }, { realpath }] = await Promise.all([
    import('../../image-format/look-at.js'),
    import('../../image-format/bundle/layout.js'),
    import('node:fs/promises'),
  ]);
  const folder = resolve(path);
  if (!(await lookAt(join(folder, MANIFEST)))) return undefined;
  const [name, place] = [basename(folder), dirname(folder)];
  if ((await realpath(place)) === (await realpath(store).catch(() => store))) return name;
  throw fail('bundle-elsewhere', { path: folder, store, name: shellWord(name), place: shellWord(place) });
}

async function allThatWait(store: string): Promise<Chosen> {
  const [{ listBundles }, { currentState }, { usedFailure }] = await Promise.all([
    import('../../image-format/bundle/open-bundle.js'),
    import('../../image-format/bundle/state.js'),
    import('../../restore/claim.js'),
  ]);
  const { bundles, broken } = await listBundles(store);
  const only = bundles.filter(({ manifest }) => !manifest.options.leftRunning);
  const inState = (state: string): Bundle[] => only.filter(one => currentState(one.state).state === state);
  const failures = [
    ...broken.map(({ problem }) => asFailure(problem)),
    ...inState('thawing').flatMap(bundle => usedFailure(bundle) ?? []),
  ];
  const waiting = inState('frozen');
  const [first] = failures;
  if (waiting.length === 0 && failures.length === 1 && first !== undefined) throw first;
  if (waiting.length === 0 && failures.length === 0) throw fail('thaw-nothing', { store });
  return { bundles: waiting, failures, fresh: [] };
}

/** With a key to trust, a bundle that its owner did not sign is not thawed. */
export async function requireTrust({ env }: Io, { name, manifest }: Bundle): Promise<void> {
  if (!env.CKPT_TRUST_KEY) return;
  const { requireSignature } = await import('../../image-format/bundle/signature.js');
  requireSignature(name, manifest, env.CKPT_TRUST_KEY);
}

/** The next boot loads the guards of what is in the store, and looks at nothing else. */
async function refuseForeignGuard({ path, manifest }: Bundle, file: string): Promise<void> {
  const [{ GUARD }, { hasGuard }, { guardTable, isGuard }, { readFile }] = await Promise.all([
    import('../../image-format/bundle/layout.js'),
    import('../../image-format/bundle/manifest.js'),
    import('../../host/nftables.js'),
    import('node:fs/promises'),
  ]);
  if (!hasGuard(manifest)) return;
  if (isGuard(await readFile(join(path, GUARD), 'utf8'), guardTable(manifest.id))) return;
  throw fail('archive-invalid', { file, problem: `its ${GUARD} holds rules that no ckpt writes` });
}
