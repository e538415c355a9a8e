/** Writes images together with the layer of changed pages that they may have. */
import { closeSync, mkdirSync, openSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { CriuVersion, Image, ImageSet, Payload } from './image-set.js';
import { writeImageSet, writePayload } from './write-image-set.js';

/** Where the images of the unchanged pages lie, below the directory of the images. */
const UNPATCHED = 'unpatched';

export interface LayeredSet {
  readonly images: ImageSet;
  readonly layer?: {
    readonly parent: readonly Image[];
    readonly parentPages: readonly string[];
    readonly pages: readonly { readonly file: string; readonly parts: readonly Payload[] }[];
  };
}

/**
 * Writes every metadata file, and the changed pages, into an existing directory. Gives the directory that each page
 * file of the set belongs into, by its name; putting them there is the caller's.
 */
export function writeLayeredSet(
  directory: string,
  { images, layer }: LayeredSet,
  version: CriuVersion,
): ReadonlyMap<string, string> {
  writeImageSet(directory, images, { version });
  const places = new Map(images.pages.map(({ file }) => [file, directory]));
  if (layer === undefined) return places;
  const below = path.join(directory, UNPATCHED);
  mkdirSync(below, { mode: 0o700 });
  writeImageSet(below, { images: layer.parent, pages: [] }, { version });
  for (const { file, parts } of layer.pages) {
    const fd = openSync(path.join(directory, file), 'wx', 0o600);
    try {
      for (const part of parts) writePayload(fd, part);
    } finally {
      closeSync(fd);
    }
  }
  symlinkSync(UNPATCHED, path.join(directory, 'parent'));
  for (const file of layer.parentPages) places.set(file, below);
  return places;
}
