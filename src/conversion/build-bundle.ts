import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncPath } from '../image-format/bundle/durable.js';
import { DOCUMENT } from '../image-format/bundle/layout.js';
import { makeFolders } from '../image-format/bundle/make-folders.js';
import { type Manifest, type Member, UNKNOWN } from '../image-format/bundle/manifest.js';
import { type Placement, placeFile } from '../image-format/bundle/place-file.js';
import type { Signer } from '../image-format/bundle/signature.js';
import { makeWorkDirectory, PARTIAL, type WorkOwner } from '../image-format/bundle/store.js';
import { type BundleContents, completeManifest, writeBundle } from '../image-format/bundle/write-bundle.js';
import type { BundlePayload } from '../image-format/bundle/write-payloads.js';
import type { Document } from '../image-format/neutral/index.js';
import type { AnyDocument } from '../image-format/neutral/migrations/migration.js';
import { fileOf, type Source } from './source.js';

export interface BuildRequest {
  readonly source: Source;
  /** The document to put into it: the source's own, or that in another form. */
  readonly document: Document | AnyDocument;
  /** Members that this document refers to and the source does not have. */
  readonly payloads?: readonly BundlePayload[];
  /** Where the bundle is to lie: a path that is free, or an empty directory. */
  readonly target: string;
  /** Name in the manifest. */
  readonly name: string;
  /** Told how many bytes of how many were digested. */
  readonly onDigest: (done: number, total: number) => void;
  /** Without digests the pages are not read at all. */
  readonly digests: boolean;
  readonly owner: WorkOwner;
  /** Signs the bundle; `unsigned` where there is no key. */
  readonly sign: Signer;
}

export interface BuiltBundle {
  readonly path: string;
  readonly manifest: Manifest;
  readonly placements: readonly Placement[];
  /** Bytes of pages. */
  readonly memory: number;
}

/**
 * Makes a bundle of a source: pages are placed without being read, but for the digests that they lack, and everything else is
 * written anew. It appears in its place complete: one that is cut off is in nobody's way.
 */
export async function buildBundle(request: BuildRequest): Promise<BuiltBundle> {
  const { target, source } = request;
  const { path: work } = await makeWorkDirectory(dirname(target), request.owner, PARTIAL);
  try {
    const bundle = join(work, basename(target));
    await mkdir(bundle, { mode: 0o700 });
    const members = source.bundle
      ? source.bundle.manifest.members.filter(member => member.path !== DOCUMENT)
      : source.document.trees.flatMap(tree =>
          tree.pageFiles.map(({ member, size }): Member => ({ path: member, size, digest: null })),
        );
    const placements: Placement[] = [];
    for (const member of members) placements.push(await place(source, member, bundle));
    const manifest = await writeBundle(bundle, {
      ...headOf(request),
      placed: members,
      sign: request.sign,
    });
    await digest(request, manifest, bundle, work);
    await rename(bundle, target);
    await syncPath(dirname(target));
    const memory = members.reduce((sum, { path, size }) => sum + (path.startsWith('memory/') ? size : 0), 0);
    return { path: target, manifest, placements, memory };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function place(source: Source, member: Member, bundle: string): Promise<Placement> {
  const from = fileOf(source)(member.path);
  const to = join(bundle, member.path);
  await makeFolders(bundle, member.path);
  const how = await placeFile(from, to);
  await syncPath(to);
  return how;
}

async function digest(
  { digests, onDigest, sign }: BuildRequest,
  manifest: Manifest,
  bundle: string,
  scratch: string,
): Promise<void> {
  if (!digests) return;
  const lacking = manifest.members.filter(member => member.digest === null);
  const total = lacking.reduce((sum, member) => sum + member.size, 0);
  let done = 0;
  const progress = (bytes: number): void => {
    done += bytes;
    onDigest(done, total);
  };
  await completeManifest(bundle, manifest, new Map(), progress, scratch, sign);
}

/** What a manifest says about where the trees come from: a bundle's own words, or what images tell. */
function headOf({
  source,
  document,
  name,
  payloads = [],
}: BuildRequest): Omit<BundleContents, 'placed' | 'sign'> {
  const { bundle, images } = source;
  if (bundle) {
    const { id, createdAt, origin, options, trees } = bundle.manifest;
    const manifest = { id, name, createdAt, origin, options, trees };
    return { document, payloads, manifest, history: bundle.state.history };
  }
  const { origin, trees } = source.document;
  const createdAt = (images?.dumpedAt ?? new Date()).toISOString();
  return {
    document,
    payloads: [...(images?.payloads ?? []), ...payloads],
    manifest: {
      id: randomUUID(),
      name,
      createdAt,
      origin: {
        kernel: UNKNOWN,
        architecture: MACHINES[origin.architecture] ?? origin.architecture,
        distribution: UNKNOWN,
        criu: images?.criu ?? UNKNOWN,
        bootId: UNKNOWN,
      },
      options: {
        tcp: trees.some(tree => tree.capture?.tcpClosed === true) ? 'close' : 'established',
        shellJob: trees.some(tree => belongsToShell(tree)),
        leftRunning: false,
      },
      trees: trees.map(tree => ({
        root: tree.root,
        command: tree.processes.find(({ pid }) => pid === tree.root)?.name ?? '',
        processes: tree.processes.length,
      })),
    },
    history: [{ state: 'frozen', at: createdAt, kernel: UNKNOWN, bootId: UNKNOWN }],
  };
}

/** Machines as uname(2) names them, where the document has another word. */
const MACHINES: Readonly<Record<string, string>> = { 'x86-64': 'x86_64' };

/** CRIU dumps a root that leads no session only with --shell-job, and restores it only so (criu/pstree.c). */
function belongsToShell(tree: Document['trees'][number]): boolean {
  const root = tree.processes.find(({ pid }) => pid === tree.root);
  return root !== undefined && root.session !== root.pid;
}
