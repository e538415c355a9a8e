import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fail } from '../errors.js';
import type { Emit } from '../events.js';
import { toBundleName } from '../image-format/bundle/layout.js';
import type { Placement } from '../image-format/bundle/place-file.js';
import type { Signer } from '../image-format/bundle/signature.js';
import { ensureNameFree, ensureStore, type WorkOwner } from '../image-format/bundle/store.js';
import { isAbsence } from '../image-format/look-at.js';
import { buildBundle } from './build-bundle.js';
import { type Recognised, readImages } from './read-images.js';

export interface ImportRequest {
  /** Directory of CRIU images. */
  readonly directory: string;
  readonly store: string;
  /** Name of the bundle; else that of the directory. */
  readonly name?: string;
  /** Version of the CRIU that made the images, where it is known. */
  readonly criu?: string;
  readonly digests: boolean;
  readonly owner: WorkOwner;
  /** Signs the bundle; `unsigned` where there is no key. */
  readonly sign: Signer;
  readonly emit: Emit;
}

export interface ImportResult {
  readonly name: string;
  readonly path: string;
  readonly recognised: Omit<Recognised, 'payloads'>;
  readonly trees: readonly { readonly root: number; readonly command: string; readonly processes: number }[];
  /** Bytes of pages. */
  readonly memory: number;
  readonly placements: readonly Placement[];
}

/**
 * Makes a bundle of the store out of a directory of CRIU images, which is not changed. Throws `import-no-folder`, what stands
 * against reading the images, and `bundle-name-taken`.
 */
export async function importImages(request: ImportRequest): Promise<ImportResult> {
  const directory = resolve(request.directory);
  const found = await stat(directory).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
  if (found?.isDirectory() !== true) throw fail('import-no-folder', { where: directory });
  const name = request.name ?? toBundleName(basename(directory));
  const source = readImages(directory, request.criu);
  const { payloads: _, ...recognised } = source.images;
  const target = await ensureNameFree(await ensureStore(request.store), name);
  const built = await buildBundle({
    source: { name: directory, ...source, close: async () => {} },
    document: source.document,
    target,
    name,
    digests: request.digests,
    owner: request.owner,
    sign: request.sign,
    onDigest: (done, total) =>
      request.emit({ type: 'progress', operation: 'import', what: 'digests', done, total, unit: 'bytes' }),
  });
  return {
    name,
    path: target,
    recognised,
    trees: built.manifest.trees,
    memory: built.memory,
    placements: built.placements,
  };
}
