/** Page patches on disk: checked against the bundle, then laid over it as CRIU's incremental images. */
import { closeSync, openSync, readSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors.js';
import type { CriuVersion, DeferredImage, Payload } from './image-set.js';
import { writePayload } from './payload-bytes.js';
import { writeImageSet } from './write-image-set.js';

/** Name of the directory that CRIU's `parent` link leads to. */
const BASE = 'base';

/** Images whose changed pages lie in a layer over a parent, as lowering gives them. */
export interface LayeredImages {
  readonly release: CriuVersion;
  readonly patches: readonly {
    readonly pid: number;
    readonly address: string;
    /** What must be there, as hexadecimal digits. */
    readonly expected: string;
    readonly reason: string;
    readonly location: { readonly member: string; readonly offset: number };
  }[];
  readonly layer?: {
    readonly parent: readonly DeferredImage[];
    readonly parentPages: readonly string[];
    readonly pages: readonly { readonly file: string; readonly parts: readonly Payload[] }[];
  };
}

/**
 * Writes what belongs beside the images of a tree with patches; does nothing for one without.
 * @param member where a member of the bundle is
 * @param placePages puts a page file of the parent to a path
 * @throws patch-refused where the bundle does not hold the bytes that a patch expects
 */
export async function writeLayer(
  directory: string,
  { layer, patches, release }: LayeredImages,
  member: (name: string) => string,
  placePages: (file: string, to: string) => Promise<unknown>,
): Promise<void> {
  for (const patch of patches) checkPatch(patch, member);
  if (layer === undefined) return;
  const base = join(directory, BASE);
  await mkdir(base, { mode: 0o700 });
  writeImageSet(base, { images: [], deferred: layer.parent, pages: [] }, { version: release });
  for (const file of layer.parentPages) await placePages(file, join(base, file));
  await symlink(BASE, join(directory, 'parent'));
  for (const { file, parts } of layer.pages) writeParts(join(directory, file), parts);
}

function checkPatch(patch: LayeredImages['patches'][number], member: (name: string) => string): void {
  const { pid, address, expected, reason, location } = patch;
  const found = readHex(member(location.member), location.offset, expected.length / 2);
  if (found !== expected) throw fail('patch-refused', { pid, address, expected, found, reason });
}

/** Bytes of a file as hexadecimal digits; fewer where it ends before. */
function readHex(path: string, offset: number, length: number): string {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, offset)).toString('hex');
  } finally {
    closeSync(fd);
  }
}

function writeParts(path: string, parts: readonly Payload[]): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (const part of parts) writePayload(fd, part);
  } finally {
    closeSync(fd);
  }
}
