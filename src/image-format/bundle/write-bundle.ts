import { dirname, join } from 'node:path';
import { version } from '../../version.js';
import type { Document } from '../neutral/document.js';
import type { AnyDocument } from '../neutral/migrations/migration.js';
import { documentToJson } from '../neutral/to-json.js';
import { digestBytes, digestFile, type FileDigest } from './digest.js';
import { replaceDurably, syncPath, writeDurably } from './durable.js';
import { DOCUMENT, MANIFEST, STATE } from './layout.js';
import { BUNDLE_VERSION, type Manifest, type Member, manifestToJson } from './manifest.js';
import { type State, stateToJson } from './state.js';
import { type BundlePayload, writePayloads } from './write-payloads.js';

/** What a bundle is made of, beside the members that lie in its directory already. */
export interface BundleContents {
  readonly document: Document | AnyDocument;
  /** Members still to be written. */
  readonly payloads: readonly BundlePayload[];
  /** Members that lie in the directory already, synced: pages, which are never copied here. */
  readonly placed: readonly Member[];
  /** The manifest without what follows from the rest. */
  readonly manifest: Omit<Manifest, 'bundle' | 'writtenBy' | 'members'>;
  readonly history: State['history'];
}

/**
 * Completes a bundle in its directory: payloads, document, state and manifest, each synced, and their names with them.
 * The directory is not in its final place yet; putting it there is the caller's, in one rename.
 */
export async function writeBundle(directory: string, contents: BundleContents): Promise<Manifest> {
  const payloads = await writePayloads(directory, contents.payloads);
  const text = Buffer.from(documentToJson(contents.document));
  await writeDurably(join(directory, DOCUMENT), text);
  const document: Member = { path: DOCUMENT, size: text.length, digest: digestBytes(text) };
  const { id, ...rest } = contents.manifest;
  const manifest: Manifest = {
    bundle: BUNDLE_VERSION,
    id,
    name: rest.name,
    writtenBy: `ckpt ${version}`,
    createdAt: rest.createdAt,
    origin: rest.origin,
    options: rest.options,
    trees: rest.trees,
    members: [document, ...payloads, ...contents.placed],
  };
  await writeDurably(join(directory, STATE), stateToJson({ history: contents.history }));
  await writeDurably(join(directory, MANIFEST), manifestToJson(manifest));
  await syncDirectories(directory, manifest.members);
  return manifest;
}

/**
 * Finishes the digests that the manifest lacks, on both cores, and puts them into it. The bundle is in its final place.
 * @param pending digests begun while the pages were being written, by member
 */
export async function completeManifest(
  bundle: string,
  manifest: Manifest,
  pending: ReadonlyMap<string, FileDigest>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const members: Member[] = [];
  for (const member of manifest.members) {
    if (member.digest !== null) {
      members.push(member);
      continue;
    }
    const path = join(bundle, member.path);
    const begun = pending.get(member.path);
    // The bundle was renamed since the digest was begun.
    begun?.relocate(path);
    const digest = begun
      ? await begun.finish(member.size, 2, onBytes)
      : await digestFile(path, member.size, 2, onBytes);
    members.push({ ...member, digest });
  }
  await replaceDurably(join(bundle, MANIFEST), manifestToJson({ ...manifest, members }));
}

/** The names of the members, too, must be on stable storage. */
async function syncDirectories(bundle: string, members: readonly Member[]): Promise<void> {
  const directories = new Set([bundle]);
  for (const member of members) {
    for (let path = dirname(member.path); path !== '.'; path = dirname(path))
      directories.add(join(bundle, path));
  }
  await Promise.all([...directories].map(syncPath));
}
