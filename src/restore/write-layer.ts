/** Page patches on disk: checked against the bundle, then laid over it as CRIU's incremental images. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoweredTree, PagePatch } from '../converters/index.js';
import { fail } from '../errors.js';
import type { Payload } from '../image-format/criu/image-set.js';
import { writeImageSet } from '../image-format/criu/write-image-set.js';

/** Largest file whose symbols are looked for: a dynamic linker has 200 KiB, a static program some megabytes. */
const LARGEST = 256 * 1024 * 1024;
/** Name of the directory that CRIU's `parent` link leads to. */
const BASE = 'base';

/** Reads a file of this system whole; undefined where it cannot be read or is no plain file of a sensible size. */
export function readSystemFile(path: string): Uint8Array | undefined {
  try {
    const { size } = statSync(path);
    if (size > LARGEST) return undefined;
    return readAt(path, 0, size);
  } catch {
    return undefined;
  }
}

/**
 * Writes what belongs beside the images of a tree with patches; does nothing for one without.
 * @param member where a member of the bundle is
 * @throws patch-refused where the bundle does not hold the bytes that a patch expects
 */
export async function writeLayer(
  directory: string,
  { layer, patches, release }: Pick<LoweredTree, 'layer' | 'patches' | 'release' | 'pages'>,
  member: (name: string) => string,
  pagesOf: (file: string) => string | undefined,
): Promise<void> {
  for (const patch of patches) checkPatch(patch, member);
  if (layer === undefined) return;
  const base = join(directory, BASE);
  await mkdir(base, { mode: 0o700 });
  writeImageSet(base, { images: layer.parent, pages: [] }, { version: release });
  for (const file of layer.parentPages) {
    const source = pagesOf(file);
    if (source !== undefined) await symlink(source, join(base, file));
  }
  await symlink(BASE, join(directory, 'parent'));
  for (const { file, parts } of layer.pages) {
    await writeFile(join(directory, file), Buffer.concat(await Promise.all(parts.map(bytesOf))), {
      mode: 0o600,
      flag: 'wx',
    });
  }
}

function checkPatch(patch: PagePatch, member: (name: string) => string): void {
  const length = patch.expected.length / 2;
  const found = Buffer.from(readAt(member(patch.location.member), patch.location.offset, length)).toString(
    'hex',
  );
  if (found !== patch.expected) {
    throw fail('patch-refused', {
      pid: patch.pid,
      address: patch.address,
      expected: patch.expected,
      found,
      reason: patch.reason,
    });
  }
}

function readAt(path: string, offset: number, length: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const got = readSync(fd, bytes, done, length - done, offset + done);
      if (got === 0) return bytes.subarray(0, done);
      done += got;
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}

async function bytesOf(payload: Payload): Promise<Uint8Array> {
  if (payload.in === 'memory') return payload.bytes;
  return readAt(payload.path, payload.offset, payload.length);
}
