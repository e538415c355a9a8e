/** The registry of migrations, each with its way back; and what a migrated document gains from newer shapes. */

import { fail } from '../../errors.js';
import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import { FORMAT } from '../../image-format/neutral/format.js';
import type { Document, Tree } from '../../image-format/neutral/index.js';
import { foreignSections } from '../../image-format/neutral/sections.js';
import { liftImages } from '../lift/lift-tree.js';
import { ownImages } from '../lower/own-images.js';
import { BundlePayloads, inBundle } from '../payloads.js';
import { releaseOf } from '../release.js';
import { nameTheRest } from './0001-name-the-rest.js';
import type { DownMigration, DownResult } from './migration.js';

export type { DownResult } from './migration.js';

export const downMigrations: readonly DownMigration[] = [nameTheRest];

/**
 * The document in an older format, for an older ckpt.
 * @throws document-format-unknown where there is no way to that format
 */
export function writeFormat(document: Document, format: number): DownResult {
  if (format === FORMAT) return { document, payloads: [] };
  const step = downMigrations.find(({ from, to }) => from === format && to === FORMAT);
  if (step === undefined)
    throw fail('document-format-unknown', { where: 'the target', format, known: `1 to ${FORMAT}` });
  return step.down(document);
}

/**
 * The tree with its residue read again: what the shapes of this version have words for moves out of the residue of a
 * tree that an older ckpt lifted. The processes that it describes stay the same.
 */
export function refineTree(tree: Tree): { tree: Tree; payloads: readonly BundlePayload[] } {
  if (tree.residue === undefined || !tree.source.startsWith('criu ')) return { tree, payloads: [] };
  const release = releaseOf(tree.source);
  const { images, deferred } = ownImages(tree, release, inBundle);
  const { label, source, pageFiles, machine } = tree;
  const payloads = new BundlePayloads(label);
  const { sections, residue } = liftImages(
    { images, deferred: [...deferred.values()], pages: [] },
    { label, release, payloads, resolve: inBundle },
  );
  const refined: Tree = {
    label,
    source,
    ...(machine === undefined ? undefined : { machine }),
    ...sections,
    ...foreignSections(tree),
    pageFiles,
  };
  return { tree: residue === undefined ? refined : { ...refined, residue }, payloads: payloads.made };
}
