import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { memoryFileSystem } from './proc/file-systems.js';

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
  /** Name of its file system, where it does not survive a kernel switch. */
  readonly volatile: string | undefined;
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
        volatile: memoryFileSystem(Number(BigInt.asUintN(32, space.type))),
      };
    }
    at = dirname(at);
  }
}
