import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fail } from '../errors.js';
import { unpackInto } from '../image-format/bundle/archive.js';
import { isBundleName, MANIFEST } from '../image-format/bundle/layout.js';
import { memberPaths } from '../image-format/bundle/member-path.js';
import { type Bundle, openBundle } from '../image-format/bundle/open-bundle.js';
import { bundlePath, makeWorkDirectory, PARTIAL, type WorkOwner } from '../image-format/bundle/store.js';
import { readVerifiedDocument } from '../image-format/bundle/verify-document.js';
import type { Payload } from '../image-format/criu/image-set.js';
import { INVENTORY } from '../image-format/criu/inventory.js';
import { isAbsence } from '../image-format/look-at.js';
import type { Document } from '../image-format/neutral/index.js';
import { type Recognised, readImages } from './read-images.js';

/** Frozen trees, wherever they come from: the document, and where the bytes beside it lie. */
export interface Source {
  /** What the user called it. */
  readonly name: string;
  readonly document: Document;
  /** Where a member of the bundle that this is, or would be, lies: pages always in a file. */
  readonly member: (path: string) => string | Payload;
  /** Set for a bundle (also one from a `.ckpt` file). */
  readonly bundle?: Bundle;
  /** Set for a directory of CRIU images. */
  readonly images?: Recognised;
  /** Removes what was unpacked. */
  close(): Promise<void>;
}

/** Finds members that lie in files of their own, such as pages. Throws `document-contradictory` for others. */
export function fileOf(source: Source): (member: string) => string {
  return member => {
    const found = source.member(member);
    if (typeof found === 'string') return found;
    throw fail('document-contradictory', { path: member, detail: 'it holds no pages' });
  };
}

export interface SourceOptions {
  /** Where bundles are looked for by name. */
  readonly store: string;
  /** Directory for what a `.ckpt` file holds; it can be large. */
  readonly scratch: string;
  /** Who unpacks there: by that the next one sees what nobody needs any more. */
  readonly owner: WorkOwner;
  /** Ends the unpacking. */
  readonly abort: AbortSignal;
  /** Told how many bytes of how many of a `.ckpt` file were read. */
  readonly onBytes?: (done: number, total: number) => void;
  /** Version of the CRIU that wrote a directory of images, where the user knows it. */
  readonly criu?: string;
}

/**
 * Opens a bundle of the store (by name), a bundle by its path, a `.ckpt` file, or a directory of CRIU images. Nothing
 * of it is changed. Bundles are verified but for the contents of their pages.
 */
export async function openSource(name: string, options: SourceOptions): Promise<Source> {
  const path = await findSource(name, options.store);
  const found = await stat(path);
  if (found.isFile()) return openArchive(name, path, options);
  if (await exists(join(path, MANIFEST))) return openBundleSource(name, path);
  if (await exists(join(path, INVENTORY))) {
    return { name, ...readImages(path, options.criu), close: async () => {} };
  }
  throw fail('source-unknown', { where: path });
}

async function findSource(name: string, store: string): Promise<string> {
  if (isBundleName(name) && (await exists(bundlePath(store, name)))) return bundlePath(store, name);
  if (await exists(resolve(name))) return resolve(name);
  throw fail('source-missing', { name, store: resolve(store) });
}

async function openBundleSource(name: string, path: string): Promise<Source> {
  const bundle = await openBundle(path);
  const document = await readVerifiedDocument(bundle);
  return { name, document, bundle, member: memberPaths(bundle), close: async () => {} };
}

async function openArchive(name: string, file: string, options: SourceOptions): Promise<Source> {
  const { bundle, close } = await unpackToLook(file, options);
  try {
    return { ...(await openBundleSource(name, bundle.path)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A bundle that somebody looks at, and what ends that. */
interface OpenedBundle {
  readonly bundle: Bundle;
  /** Removes what was unpacked. */
  close(): Promise<void>;
}

/** Opens a bundle by the path of its folder or of its `.ckpt` file. Throws `bundle-missing`. */
export async function openBundleAt(path: string, options: SourceOptions): Promise<OpenedBundle> {
  if (!(await exists(resolve(path)))) throw fail('bundle-missing', { name: path, store: options.store });
  if ((await stat(resolve(path))).isFile()) return unpackToLook(resolve(path), options);
  return { bundle: await openBundle(resolve(path)), close: async () => {} };
}

/** It is unpacked under its own name, as what is wrong with it is said of the file. */
async function unpackToLook(
  file: string,
  { scratch, owner, abort, onBytes }: SourceOptions,
): Promise<OpenedBundle> {
  const { path: work } = await makeWorkDirectory(scratch, owner, PARTIAL);
  const close = (): Promise<void> => rm(work, { recursive: true, force: true });
  try {
    const folder = join(work, basename(file));
    await mkdir(folder, { mode: 0o700 });
    return { bundle: await unpackInto(file, folder, { abort, ...(onBytes && { onBytes }) }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}
