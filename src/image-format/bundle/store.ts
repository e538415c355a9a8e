import { randomUUID } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail, messageOf } from '../../errors.js';
import { isAbsence, lookAt } from '../look-at.js';
import { isBundleName } from './layout.js';

/**
 * What the names of work directories begin with: those of freezes, thaws and removals in a store, and those for what is made, or
 * unpacked to be looked into, wherever that is.
 */
const WORK = '.work-';
export const PARTIAL = '.ckpt-partial-';
type Purpose = typeof WORK | typeof PARTIAL;

/** Who works in a work directory: a text that its name carries, so that directory and owner appear in one step. */
export type WorkOwner = string;

/** Makes the store (mode 0700) if need be; throws `store-not-directory` or `store-unusable`. */
export async function ensureStore(store: string): Promise<string> {
  const root = resolve(store);
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw fail('store-not-directory', { store: root }, { cause });
    throw fail('store-unusable', { store: root, problem: messageOf(cause) }, { cause });
  }
  return root;
}

/** The folder of a store that is there already; throws `store-missing` or `store-not-directory`. */
export async function openStore(store: string): Promise<string> {
  const root = resolve(store);
  const there = await stat(root).catch(cause => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTDIR')
      throw fail('store-not-directory', { store: root }, { cause });
    if (isAbsence(cause)) throw fail('store-missing', { store: root }, { cause });
    throw cause;
  });
  if (!there.isDirectory()) throw fail('store-not-directory', { store: root });
  return root;
}

/**
 * Where a bundle of this name lies; throws `bundle-name-invalid` for names that could lead elsewhere, `bundle-name-file` for
 * those of files that bundles travel in.
 */
export function bundlePath(store: string, name: string): string {
  if (name.endsWith('.ckpt')) throw fail('bundle-name-file', { name });
  if (!isBundleName(name)) throw fail('bundle-name-invalid', { name });
  return join(resolve(store), name);
}

/** Throws `bundle-name-taken` if the store has the name already. */
export async function ensureNameFree(store: string, name: string): Promise<string> {
  const path = bundlePath(store, name);
  if (await lookAt(path)) throw fail('bundle-name-taken', { name });
  return path;
}

/**
 * A fresh directory in the store, on its file system, for a bundle in the making.
 * @param owner see `workOwner` in src/host
 * @param purpose in a store what stands against it is told as `store-unusable`; elsewhere it is thrown as it is
 */
export async function makeWorkDirectory(
  store: string,
  owner: WorkOwner,
  purpose: Purpose = WORK,
): Promise<{ readonly id: string; readonly path: string }> {
  const id = randomUUID();
  const path = join(store, `${purpose}${owner}.${id}`);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    if (purpose === PARTIAL) throw cause;
    throw fail('store-unusable', { store, problem: messageOf(cause) }, { cause });
  }
  return { id, path };
}

/** A work directory of a run that goes on, or that was cut off. */
export interface WorkDirectory {
  readonly id: string;
  readonly owner: WorkOwner;
  readonly path: string;
}

/** Every work directory in the store. */
export async function workDirectories(store: string): Promise<WorkDirectory[]> {
  const names = await readdir(store).catch(() => []);
  return names.flatMap(name => {
    const purpose = [WORK, PARTIAL].find(one => name.startsWith(one));
    const dot = name.lastIndexOf('.');
    return purpose === undefined
      ? []
      : [{ path: join(store, name), owner: name.slice(purpose.length, dot), id: name.slice(dot + 1) }];
  });
}
