import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { create, extract, type ReadEntry } from 'tar';
import { fail } from '../../errors.js';
import { syncPath } from './durable.js';
import { GUARD, isMemberPath, MANIFEST, STATE } from './layout.js';
import { type Bundle, openBundle } from './open-bundle.js';
import { bundlePath, makeWorkDirectory } from './store.js';
import { verifyDigests, verifyLayout } from './verify.js';

/** Writes the bundle in `path` as one tar file: complete under its name, or not there. Throws `archive-exists`. */
export async function packBundle(path: string, file: string): Promise<void> {
  const target = resolve(file);
  if (await lstat(target).catch(() => undefined)) throw fail('archive-exists', { file: target });
  const partial = `${target}.partial-${process.pid}`;
  try {
    // The manifest comes first, so that a reader knows what to expect of the rest.
    const members = [MANIFEST, STATE, 'document.json', GUARD, 'memory', 'payload', 'files'];
    const there = await Promise.all(
      members.map(member =>
        lstat(join(path, member)).then(
          () => member,
          () => '',
        ),
      ),
    );
    await create(
      { file: partial, cwd: path, portable: true },
      there.filter(member => member !== ''),
    );
    await syncPath(partial);
    await rename(partial, target);
    await syncPath(dirname(target));
  } finally {
    await rm(partial, { force: true });
  }
}

/**
 * Puts a `.ckpt` file into the store, under the name in its manifest, after checking all of it. A file whose bundle
 * (the same freeze, by its id) is in the store already gives that one, with what was done with it.
 */
export async function unpackBundle(file: string, store: string): Promise<Bundle> {
  const source = resolve(file);
  if (!(await lstat(source).catch(() => undefined))?.isFile()) {
    throw fail('bundle-missing', { name: file, store });
  }
  const { path: work } = await makeWorkDirectory(store);
  const unpacked = join(work, basename(source));
  try {
    await mkdir(unpacked, { mode: 0o700 });
    await extractChecked(source, unpacked);
    const bundle = await openBundle(unpacked);
    const target = bundlePath(store, bundle.manifest.name);
    const present = await openBundle(target).catch(() => undefined);
    if (present?.manifest.id === bundle.manifest.id) return present;
    if (await lstat(target).catch(() => undefined))
      throw fail('bundle-name-taken', { name: bundle.manifest.name });
    await verifyLayout(bundle);
    await verifyDigests(bundle);
    await rename(unpacked, target);
    await syncPath(store);
    return await openBundle(target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Unpacks a `.ckpt` file into an existing empty directory, and checks that it holds what its manifest lists. */
export async function unpackInto(file: string, directory: string): Promise<Bundle> {
  await extractChecked(file, directory);
  const bundle = await openBundle(directory);
  await verifyLayout(bundle);
  return bundle;
}

/** Unpacks plain files at member paths and nothing else; anything else in the archive makes it invalid. */
async function extractChecked(file: string, directory: string): Promise<void> {
  let foreign: string | undefined;
  const accept = (path: string, entry: unknown): boolean => {
    const { type } = entry as ReadEntry;
    const bare = path.replace(/\/$/, '');
    if (type === 'Directory' && /^(?:memory|payload|files)(?:\/[A-Za-z0-9._-]+)?$/.test(bare)) return true;
    const plain = type === 'File' || type === 'OldFile';
    if (plain && (bare === MANIFEST || bare === STATE || isMemberPath(bare))) return true;
    foreign ??= `it holds ${bare} (${type})`;
    return false;
  };
  try {
    await extract({
      file,
      cwd: directory,
      strict: true,
      filter: accept,
      preserveOwner: false,
      dmode: 0o700,
      fmode: 0o600,
    });
  } catch (cause) {
    throw fail('archive-invalid', { file, problem: (cause as Error).message }, { cause });
  }
  if (foreign !== undefined) throw fail('archive-invalid', { file, problem: foreign });
}
