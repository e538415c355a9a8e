import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../../errors.js';
import { inMib } from '../../mib.js';
import { version } from '../../version.js';
import { writeAll } from '../criu/payload-bytes.js';
import type { Document } from '../neutral/document.js';
import { MOST_MEMORY } from '../neutral/document-cost.js';
import type { AnyDocument } from '../neutral/migrations/migration.js';
import { writeDocument } from '../neutral/to-json.js';
import { BytesDigest } from './digest.js';
import { digestInPieces } from './digest-pieces.js';
import { replaceDurably, syncPaths, writeNew } from './durable.js';
import { BUNDLE_VERSION, DOCUMENT, FROZEN, MANIFEST, MAX_DOCUMENT, MAX_MANIFEST, STATE } from './layout.js';
import { type Manifest, type Member, manifestToJson } from './manifest.js';
import { MOST_LISTED } from './policy-limits.js';
import type { Signer } from './signature.js';
import { type State, stateToJson } from './state.js';
import { type BundlePayload, writePayloads } from './write-payloads.js';

/** What a bundle is made of, beside the members that lie in its directory already. */
export interface BundleContents {
  readonly document: Document | AnyDocument;
  /** Members still to be written. */
  readonly payloads: readonly BundlePayload[];
  /** Members that lie in the directory already: pages, which are never copied here, and whose sync is the caller's. */
  readonly placed: readonly Member[];
  /** The manifest without what follows from the rest. */
  readonly manifest: Omit<Manifest, 'bundle' | 'writtenBy' | 'members' | 'signature'>;
  readonly history: State['history'];
  /** The highest number (PID, thread ID) that its processes need; absent where they live elsewhere, too. */
  readonly highestNumber?: number | undefined;
  readonly sign: Signer;
}

/**
 * Completes a bundle in its directory: payloads, document, state and manifest, all synced in the end, at once, and their
 * names with them. The directory is not in its final place yet; putting it there is the caller's, in one rename. Throws
 * `bundle-not-whole`, and `bundle-too-large` for what nobody could read again.
 */
export async function writeBundle(directory: string, contents: BundleContents): Promise<Manifest> {
  const payloads = await writePayloads(directory, contents.payloads);
  const document = writeDocumentMember(directory, contents);
  const { id, ...rest } = contents.manifest;
  const manifest = contents.sign({
    bundle: BUNDLE_VERSION,
    id,
    name: rest.name,
    writtenBy: `ckpt ${version}`,
    createdAt: rest.createdAt,
    origin: rest.origin,
    options: rest.options,
    trees: rest.trees,
    members: [document, ...payloads, ...contents.placed],
  });
  writeNew(join(directory, STATE), stateToJson({ history: contents.history }));
  writeManifest(directory, manifest);
  const placed = new Set(contents.placed.map(member => member.path));
  const paths = pathsToSync(directory, manifest.members, placed);
  if (contents.highestNumber !== undefined) {
    const mark = join(directory, FROZEN);
    writeNew(mark, `${contents.highestNumber}\n`);
    paths.add(mark);
  }
  await syncPaths(paths);
  await refuseCutOff(directory, manifest);
  return manifest;
}

/** What a digest that is still to come adds to its row, bytes. */
const DIGEST_LENGTH = 96;

function writeManifest(directory: string, manifest: Manifest): void {
  const { name, members, trees } = manifest;
  const text = manifestToJson(manifest);
  const toCome = members.filter(({ digest }) => digest === null).length * DIGEST_LENGTH;
  const size = Buffer.byteLength(text) + toCome;
  const where = { bundle: name, member: MANIFEST };
  refuseMore(where, 'MiB', inMib(size), inMib(MAX_MANIFEST));
  for (const { policy = {} } of trees)
    for (const [list, most] of Object.entries(MOST_LISTED)) {
      refuseMore(where, list, (policy[list as keyof typeof MOST_LISTED] ?? []).length, most);
    }
  writeNew(join(directory, MANIFEST), text);
}

/** Throws `bundle-too-large` where a member has more of something than who reads it takes. */
function refuseMore(
  where: { readonly bundle: string; readonly member: string },
  unit: string,
  actual: number,
  most: number,
): void {
  if (actual > most) throw fail('bundle-too-large', { ...where, unit, actual, most });
}

/** The last look before the processes may be nowhere else: every member has the size that the manifest says. */
async function refuseCutOff(directory: string, { name, members }: Manifest): Promise<void> {
  const look = async ({ path, size }: Member): Promise<void> => {
    const { size: actual } = await stat(join(directory, path));
    if (actual !== size)
      throw fail('bundle-not-whole', { bundle: name, member: path, actual, expected: size });
  };
  await Promise.all(members.map(look));
}

/** Writes the document piece by piece: that of a large dump is never in memory whole. Gives its row for the manifest. */
function writeDocumentMember(
  directory: string,
  { document, manifest: { name } }: Pick<BundleContents, 'document' | 'manifest'>,
): Member {
  const file = openSync(join(directory, DOCUMENT), 'wx', 0o600);
  try {
    const digest = new BytesDigest();
    let size = 0;
    const cost = writeDocument(document, piece => {
      digest.update(piece);
      writeAll(file, piece);
      size += piece.length;
    });
    const where = { bundle: name, member: DOCUMENT };
    refuseMore(where, 'MiB', inMib(size), inMib(MAX_DOCUMENT));
    refuseMore(where, 'MiB of memory', inMib(cost), inMib(MOST_MEMORY));
    return { path: DOCUMENT, size, digest: digest.digest() };
  } finally {
    closeSync(file);
  }
}

/**
 * Puts the digests that the manifest lacks into it. The bundle is in its final place.
 * @param known digests that were made elsewhere, by member; the others are made here
 * @param scratch see `replaceDurably`
 */
export async function completeManifest(
  bundle: string,
  manifest: Manifest,
  known: ReadonlyMap<string, string>,
  onBytes: (bytes: number) => void,
  scratch: string,
  sign: Signer,
): Promise<void> {
  const members: Member[] = [];
  for (const member of manifest.members) {
    const digest = member.digest ?? known.get(member.path);
    members.push({
      ...member,
      digest: digest ?? (await digestInPieces(join(bundle, member.path), member.size, onBytes)),
    });
  }
  await replaceDurably(join(bundle, MANIFEST), manifestToJson(sign({ ...manifest, members })), scratch);
}

/** What was written here, and the directories that hold the names of all members. */
function pathsToSync(bundle: string, members: readonly Member[], placed: ReadonlySet<string>): Set<string> {
  const paths = new Set([bundle, join(bundle, STATE), join(bundle, MANIFEST)]);
  for (const { path } of members) {
    if (!placed.has(path)) paths.add(join(bundle, path));
    for (let above = dirname(path); above !== '.'; above = dirname(above)) paths.add(join(bundle, above));
  }
  return paths;
}
