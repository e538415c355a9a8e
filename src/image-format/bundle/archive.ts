import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create, type ReadEntry, UnpackSync } from 'tar';
import { CkptError, fail, messageOf } from '../../errors.js';
import { mib } from '../../mib.js';
import { lookAt } from '../look-at.js';
import { syncPath } from './durable.js';
import {
  DOCUMENT,
  GUARD,
  isMemberPath,
  MANIFEST,
  MAX_DOCUMENT,
  MAX_GUARD,
  MAX_MANIFEST,
  STATE,
} from './layout.js';
import { type Bundle, openBundle } from './open-bundle.js';
import { bundlePath, ensureStore, makeWorkDirectory, PARTIAL, type WorkOwner } from './store.js';
import { verifyDigests, verifyLayout } from './verify.js';
import { unlessAborted, type Watch } from './watch.js';

/**
 * Writes the bundle in `path` as one tar file: complete under its name, or not there. What one that was cut off has written goes
 * with its work directory. Throws `archive-exists`.
 */
export async function packBundle(
  path: string,
  file: string,
  owner: WorkOwner,
  { abort, onBytes }: Watch = {},
): Promise<void> {
  const target = resolve(file);
  if (await lookAt(target)) throw fail('archive-exists', { file: target });
  const { path: work } = await makeWorkDirectory(dirname(target), owner, PARTIAL);
  const partial = join(work, basename(target));
  try {
    // The manifest comes first, so that a reader knows what to expect of the rest.
    const members = [MANIFEST, STATE, 'document.json', GUARD, 'memory', 'payload', 'files'];
    const looked = await Promise.all(members.map(member => lookAt(join(path, member))));
    const there = members.filter((_, at) => looked[at] !== undefined);
    const total = await bytesIn(path);
    const tar = create({ cwd: path, portable: true }, there);
    // Given up, it still looks at files that may be gone by then, and nobody hears of it any more.
    tar.on('error', () => {});
    const packed = async function* (): AsyncGenerator<Buffer> {
      let done = 0;
      for await (const piece of tar) {
        done += piece.length;
        onBytes?.(Math.min(done, total), total);
        yield piece;
      }
    };
    // It holds the memory of processes: keys and passwords.
    const written = createWriteStream(partial, { mode: 0o600 });
    await pipeline(packed, written, abort === undefined ? {} : { signal: abort });
    await syncPath(partial);
    await rename(partial, target);
    await syncPath(dirname(target));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The bytes of all files below a folder. */
async function bytesIn(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true });
  const found = await Promise.all(names.map(name => lstat(join(path, name))));
  return found.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
}

/**
 * Puts a `.ckpt` file into the store, under the name in its manifest, after checking all of it. A file whose bundle
 * (the same freeze, by its id) is in the store already gives that one, with what was done with it. Makes the store if need
 * be: the file may be all that was carried to this machine.
 * @param admit throws for one that is not to come into the store
 */
export async function unpackBundle(
  file: string,
  store: string,
  owner: WorkOwner,
  admit: (bundle: Bundle) => Promise<void>,
  watch: Watch = {},
): Promise<{ readonly bundle: Bundle; readonly fresh: boolean }> {
  const source = resolve(file);
  if (!(await lookAt(source))?.isFile()) throw fail('bundle-missing', { name: file, store });
  const { path: work } = await makeWorkDirectory(await ensureStore(store), owner);
  const unpacked = join(work, basename(source));
  try {
    await mkdir(unpacked, { mode: 0o700 });
    await extractChecked(source, unpacked, watch);
    const bundle = await openBundle(unpacked).catch(error => {
      // To the reader of the message there is a file and no bundle yet.
      if (error instanceof CkptError && NO_MANIFEST.has(error.code)) {
        throw fail('archive-invalid', { file: source, problem: `it holds no ${MANIFEST}` }, { cause: error });
      }
      throw error;
    });
    const target = bundlePath(store, bundle.manifest.name);
    const present = await openBundle(target).catch(() => undefined);
    if (present?.manifest.id === bundle.manifest.id) return { bundle: present, fresh: false };
    if (await lookAt(target)) throw fail('archive-name-taken', { file, name: bundle.manifest.name });
    await verifyLayout(bundle);
    await unlessAborted(verifyDigests(bundle), watch.abort);
    await admit(bundle);
    await rename(unpacked, target);
    await syncPath(store);
    return { bundle: await openBundle(target), fresh: true };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const NO_MANIFEST: ReadonlySet<string> = new Set(['bundle-manifest-missing', 'bundle-none']);

/** Unpacks a `.ckpt` file into an existing empty directory, and checks that it holds what its manifest lists. */
export async function unpackInto(file: string, directory: string, watch: Watch): Promise<Bundle> {
  await extractChecked(file, directory, watch);
  const bundle = await openBundle(directory);
  await verifyLayout(bundle);
  return bundle;
}

/** What may be in an archive: the largest size of each member in bytes; undefined for what may not. */
function capOf(path: string): number | undefined {
  if (path === MANIFEST || path === STATE) return MAX_MANIFEST;
  if (path === GUARD) return MAX_GUARD;
  if (path === DOCUMENT) return MAX_DOCUMENT;
  return isMemberPath(path) ? Number.POSITIVE_INFINITY : undefined;
}

/**
 * Says of one entry after the other whether it may be unpacked: plain files at member paths, each once, together no
 * more than there is room for. The first refusal holds for all that follow. Sizes are those of the headers, so that a
 * small compressed file that would unpack to fill the disk is refused before a byte of it is written.
 */
class Gate {
  refusal: CkptError | undefined;
  readonly #seen = new Set<string>();
  readonly #file: string;
  readonly #room: number;
  #taken = 0;

  constructor(file: string, room: number) {
    this.#file = file;
    this.#room = room;
  }

  admits(path: string, type: string, size: number): boolean {
    this.refusal ??= this.#refuse(path, type, size);
    return this.refusal === undefined;
  }

  #refuse(path: string, type: string, size: number): CkptError | undefined {
    const invalid = (problem: string): CkptError => fail('archive-invalid', { file: this.#file, problem });
    if (type === 'Directory' && DIRECTORY.test(path.replace(/\/$/, ''))) return undefined;
    const cap = type === 'File' || type === 'OldFile' ? capOf(path) : undefined;
    if (cap === undefined) return invalid(`it holds ${path} (${type})`);
    if (this.#seen.has(path)) return invalid(`it holds ${path} twice`);
    if (this.#seen.size === MOST_MEMBERS) return invalid(`it holds more than ${MOST_MEMBERS} files`);
    if (size > cap) return invalid(`its ${path} would have ${size} bytes`);
    this.#seen.add(path);
    this.#taken += size;
    if (this.#taken <= this.#room) return undefined;
    return fail('archive-too-large', {
      file: this.#file,
      needed: mib(this.#taken),
      available: mib(this.#room),
    });
  }
}

/** As many as a manifest has room to name. */
const MOST_MEMBERS = 100_000;

const DIRECTORY = /^(?:memory|payload|files)(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?$/;

/** How much of an archive is read at a time, bytes. */
const PIECE = 2 ** 20;

/** Unpacks what the gate admits; anything else in the archive makes all of it invalid. */
async function extractChecked(file: string, directory: string, { abort, onBytes }: Watch): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const gate = new Gate(file, bavail * bsize);
  const { size: total } = await stat(file);
  // Each piece is written before the next is read: when a failure is known no write is under way that would keep the
  // directory from being removed, and between two pieces a signal is heard.
  const unpacked = new UnpackSync({
    cwd: directory,
    strict: true,
    filter: (path, entry) => {
      const { type, size } = entry as ReadEntry;
      return gate.admits(path, type, size);
    },
    preserveOwner: false,
    dmode: 0o700,
    fmode: 0o600,
  });
  try {
    let done = 0;
    for await (const piece of createReadStream(file, { highWaterMark: PIECE })) {
      abort?.throwIfAborted();
      unpacked.write(piece as Buffer);
      if (gate.refusal) throw gate.refusal;
      done += (piece as Buffer).length;
      onBytes?.(done, total);
    }
    unpacked.end();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT' || abort?.aborted === true) throw cause;
    throw gate.refusal ?? fail('archive-invalid', { file, problem: messageOf(cause) }, { cause });
  }
  if (gate.refusal) throw gate.refusal;
}
