import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fail } from '../errors.js';
import { memoryFileSystem } from './proc/file-systems.js';
import { fileSystemOf, mountOf, realPath } from './proc/files.js';
import { emptierOf } from './proc/gone-at-boot.js';
import { type Mount, readMounts } from './proc/mounts.js';

/** What is known about the folder of the bundles. */
export interface StoreFacts {
  readonly path: string;
  readonly kind: 'folder' | 'other' | 'absent';
  /** Permission bits, where it is there. */
  readonly mode: number;
  readonly owner: number;
  readonly writable: boolean;
  /** Free space in bytes, of the nearest folder above it where it is absent. */
  readonly free: bigint;
  /** How many more files there can be; undefined where the file system sets no limit. */
  readonly freeFiles: number | undefined;
  /** Why it does not survive a kernel switch, in words that fit behind its name; undefined where it does. */
  readonly volatile: string | undefined;
  /** Whether no program there can be started (mount(8), noexec). */
  readonly noexec: boolean;
}

/** Looks at the store, or where it is absent at the folder in which it would be made. */
export async function readStoreFacts(store: string): Promise<StoreFacts> {
  const path = resolve(store);
  let at = path;
  for (;;) {
    const found = await stat(at).catch(() => undefined);
    if (found !== undefined || at === dirname(at)) {
      const space = await statfs(at, { bigint: true });
      const kind = at !== path ? 'absent' : found?.isDirectory() === true ? 'folder' : 'other';
      return {
        path,
        kind: kind === 'absent' && found?.isDirectory() === false ? 'other' : kind,
        mode: (found?.mode ?? 0) & 0o7777,
        owner: found?.uid ?? 0,
        writable: await access(at, constants.W_OK).then(
          () => true,
          () => false,
        ),
        free: space.bavail * space.bsize,
        freeFiles: space.files === 0n ? undefined : Number(space.ffree),
        volatile: endOf(at, Number(BigInt.asUintN(32, space.type))),
        noexec: mountAt(at)?.options.includes('noexec') ?? false,
      };
    }
    at = dirname(at);
  }
}

/** linux/magic.h. */
const OVERLAYFS = 0x794c7630;

function endOf(at: string, magic: number): string | undefined {
  const kind = volatileKind(at, magic);
  if (kind !== undefined) return `lies in memory (${kind})`;
  const emptied = emptierOf(`${realPath(at) ?? at}/`);
  return emptied === undefined ? undefined : `lies in ${emptied}, which the boot empties (tmpfiles.d)`;
}

/** Of a live system / is an overlay, and what is written there lies in memory. */
function volatileKind(path: string, magic: number): string | undefined {
  if (magic !== OVERLAYFS) return memoryFileSystem(magic);
  const options = mountAt(path)?.fileSystemOptions ?? [];
  const upper = options.find(option => option.startsWith('upperdir='))?.slice('upperdir='.length);
  const below = upper === undefined ? undefined : memoryFileSystem(fileSystemOf(upper) ?? 0);
  return below === undefined ? undefined : `${below}, below overlayfs`;
}

function mountAt(path: string): Mount | undefined {
  const mount = mountOf(path);
  return readMounts('self').find(({ id }) => id === mount);
}

/** CRIU starts a script in the store (see `makeHold`). Throws `store-noexec`. */
export function refuseNoexec({ path, noexec }: Pick<StoreFacts, 'path' | 'noexec'>): void {
  if (noexec) throw fail('store-noexec', { store: path });
}
