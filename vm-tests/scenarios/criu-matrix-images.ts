/** Images of one CRIU as those of another, on the host: the metadata only, as files in folders. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import { mendImages } from '../../src/converters/mends/index.js';
import type { Loss } from '../../src/converters/steps/step.js';
import { type CriuVersion, everyImage, type Payload } from '../../src/image-format/criu/image-set.js';
import { readImageSet } from '../../src/image-format/criu/read-image-set.js';
import { serialiseImage, writeImageSet } from '../../src/image-format/criu/write-image-set.js';
import {
  documentFromJson,
  documentToJson,
  makeDocument,
  type Tree,
} from '../../src/image-format/neutral/index.js';
import { membersOf } from '../../test/support/members.js';

const nothing = new Uint8Array();

/** A dump as its document says it, after a way through JSON. */
export interface LiftedDump {
  readonly tree: Tree;
  readonly payload: (member: string) => Payload;
}

export function liftDump(folder: string, criu: CriuVersion): LiftedDump {
  const { tree, payloads } = liftTree(readImageSet(folder), { label: '0', criu });
  const origin = { kernel: '6.1', architecture: tree.architecture, checkpointer: `criu ${criu}` };
  const [again] = documentFromJson(documentToJson(makeDocument(origin, [tree]))).trees;
  if (again === undefined) throw new Error(`${folder} has no tree`);
  return { tree: again, payload: membersOf(payloads) };
}

/** Names of the metadata images in `folder` that the document does not give back byte for byte. */
export function unlikeOriginal({ tree, payload }: LiftedDump, folder: string, criu: CriuVersion): string[] {
  const { images } = lowerTree(tree, { target: { criu }, payload });
  const made = new Map([...everyImage(images)].map(image => [image.file, serialiseImage(image, criu)]));
  const there = readdirSync(folder).filter(isMetadata);
  const missing = [...made.keys()].filter(file => !there.includes(file));
  return [
    ...missing,
    ...there.filter(file => !readFileSync(join(folder, file)).equals(made.get(file) ?? nothing)),
  ];
}

/** Writes the images that a version takes, mended as a thaw mends them, into a new folder. */
export function lowerDump(
  { tree, payload }: LiftedDump,
  folder: string,
  criu: CriuVersion,
): { readonly losses: readonly Loss[] } {
  const lowered = lowerTree(tree, { target: { criu }, payload });
  mkdirSync(folder, { recursive: true });
  writeImageSet(folder, mendImages(lowered.images, criu).images, { version: criu });
  return { losses: lowered.losses };
}

/** Names of the metadata images that differ between two folders, or are in one only. */
export function differingImages(one: string, other: string): readonly string[] {
  const [ours, theirs] = [one, other].map(folder => new Set(readdirSync(folder).filter(isMetadata)));
  return [...new Set([...(ours ?? []), ...(theirs ?? [])])].filter(
    file =>
      !ours?.has(file) ||
      !theirs?.has(file) ||
      !readFileSync(join(one, file)).equals(readFileSync(join(other, file))),
  );
}

function isMetadata(file: string): boolean {
  return (file.endsWith('.img') && !file.startsWith('pages-')) || file === 'stats-dump';
}
