import { mkdir, open, rename, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { frozenConnections } from '../converters/connections.js';
import { type LiftedTree, liftTree } from '../converters/index.js';
import { fail } from '../errors.js';
import type { Emit } from '../events.js';
import { guardRules, guardTable } from '../host/nftables.js';
import { systemIdentity } from '../host/system.js';
import { digestBytes, type FileDigest } from '../image-format/bundle/digest.js';
import { writeDurably } from '../image-format/bundle/durable.js';
import { GUARD } from '../image-format/bundle/layout.js';
import type { Manifest, Member } from '../image-format/bundle/manifest.js';
import { completeManifest, writeBundle } from '../image-format/bundle/write-bundle.js';
import { readImageSet } from '../image-format/criu/read-image-set.js';
import { FORMAT } from '../image-format/neutral/format.js';
import type { Document } from '../image-format/neutral/index.js';
import { pagesExpected } from '../image-format/neutral/pages-expected.js';
import type { Dump, FreezeRequest } from './freeze.js';
import type { Workplace } from './workplace.js';

/** A bundle that is complete but for the digests of its pages. */
export interface FilledBundle {
  readonly manifest: Manifest;
  /** Bytes of pages. */
  readonly memory: number;
  /** Digests of page members, each as far as it got, by member path. */
  readonly pending: ReadonlyMap<string, FileDigest>;
}

/**
 * Makes the bundle out of what CRIU wrote while it waits: pages are moved, everything else is lifted into the
 * document. When this returns, every byte of the bundle is on stable storage and every page is accounted for.
 * @param digests begun digests of page files, by the path that CRIU wrote
 */
export async function fillBundle(
  request: FreezeRequest,
  workplace: Workplace,
  dumps: readonly Dump[],
  digests: ReadonlyMap<string, FileDigest>,
): Promise<FilledBundle> {
  const lifted = dumps.map((dump, index) =>
    liftTree(readImageSet(dump.images), { label: String(index), criu: request.criu.version }),
  );
  const identity = systemIdentity();
  const document: Document = {
    format: FORMAT,
    origin: {
      kernel: identity.kernel,
      architecture: lifted[0]?.tree.architecture ?? 'x86-64',
      distribution: identity.distribution,
      hostname: hostname(),
      checkpointer: `criu ${request.criu.version}`,
      bootId: identity.bootId,
    },
    trees: lifted.map(({ tree }) => tree),
  };
  const { members: pages, pending } = await movePages(workplace, dumps, lifted, digests);
  const guard = await writeGuard(request, workplace, document);
  const createdAt = new Date().toISOString();
  const { kernel, bootId } = identity;
  const manifest = await writeBundle(workplace.bundle, {
    document,
    payloads: lifted.flatMap(one => one.payloads),
    placed: [...guard, ...pages],
    manifest: {
      id: workplace.id,
      name: request.name,
      createdAt,
      origin: { ...identity, criu: request.criu.version },
      options: { tcp: request.tcp, shellJob: request.shellJob, leftRunning: request.leaveRunning },
      trees: lifted.map(({ tree }, index) => ({
        root: tree.root,
        command: dumps[index]?.tree.root.name ?? '',
        processes: tree.processes.length,
      })),
    },
    history: [{ state: 'frozen', at: createdAt, kernel, bootId }],
  });
  return { manifest, memory: pages.reduce((sum, page) => sum + page.size, 0), pending };
}

/**
 * The rules by which the next kernel keeps silent about the connections, as a member of the bundle, so that they stand
 * and fall with it. None for processes that run on: it is their own connections that would be cut.
 */
async function writeGuard(
  request: FreezeRequest,
  workplace: Workplace,
  document: Document,
): Promise<Member[]> {
  const connections =
    request.tcp === 'established' && !request.leaveRunning ? frozenConnections(document) : [];
  if (connections.length === 0) return [];
  const rules = Buffer.from(guardRules(guardTable(workplace.id), connections));
  await writeDurably(join(workplace.bundle, GUARD), rules);
  return [{ path: GUARD, size: rules.length, digest: digestBytes(rules) }];
}

/** After the seal: finishes the digests on both cores and puts them into the manifest. */
export async function completeDigests(bundle: string, filled: FilledBundle, emit: Emit): Promise<void> {
  let done = 0;
  const progress = (bytes: number): void => {
    done += bytes;
    emit({
      type: 'progress',
      operation: 'freeze',
      what: 'digests',
      done,
      total: filled.memory,
      unit: 'bytes',
    });
  };
  await completeManifest(bundle, filled.manifest, filled.pending, progress);
}

/** Moves the page files into the bundle and syncs them; refuses one whose size is not what the page maps count. */
async function movePages(
  workplace: Workplace,
  dumps: readonly Dump[],
  lifted: readonly LiftedTree[],
  digests: ReadonlyMap<string, FileDigest>,
): Promise<{ members: Member[]; pending: Map<string, FileDigest> }> {
  const members: Member[] = [];
  const pending = new Map<string, FileDigest>();
  for (const [index, dump] of dumps.entries()) {
    const tree = lifted[index]?.tree;
    if (!tree) continue;
    const expected = pagesExpected(tree);
    await mkdir(join(workplace.bundle, 'memory', tree.label), { recursive: true, mode: 0o700 });
    for (const { member } of tree.pageFiles) {
      const file = member.slice(member.lastIndexOf('/') + 1);
      const from = join(dump.images, file);
      const to = join(workplace.bundle, member);
      const { size } = await stat(from);
      const wanted = expected.get(member) ?? 0;
      if (size !== wanted) throw fail('freeze-pages-short', { member: file, actual: size, expected: wanted });
      await rename(from, to);
      await syncData(to);
      members.push({ path: member, size, digest: null });
      const begun = digests.get(from);
      if (begun) {
        begun.relocate(to);
        pending.set(member, begun);
      }
    }
  }
  return { members, pending };
}

async function syncData(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
