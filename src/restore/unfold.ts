import { statSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FrozenConnection } from '../connection.js';
import { frozenConnections } from '../converters/connections.js';
import { type Loss, lowerForRestore } from '../converters/index.js';
import { type FrozenLock, filesWrittenWithin, frozenLocks } from '../converters/locks.js';
import { allowChangedFiles } from '../converters/mends/changed-files.js';
import { armDueTimers } from '../converters/mends/due-timers.js';
import { mountsOf, withSocketsInMounts } from '../converters/mount-at.js';
import { type OpenedPath, openedPaths } from '../converters/opened-paths.js';
import { fail } from '../errors.js';
import type { Criu } from '../host/criu/find.js';
import { thisMachine } from '../host/machine.js';
import { systemIdentity } from '../host/system.js';
import { makeWays } from '../host/ways.js';
import { workOwner } from '../host/work-owner.js';
import type { TreePolicy } from '../image-format/bundle/manifest.js';
import { memberPaths } from '../image-format/bundle/member-path.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';
import { makeWorkDirectory, type WorkDirectory } from '../image-format/bundle/store.js';
import { readVerifiedDocument } from '../image-format/bundle/verify-document.js';
import { blamingDocument } from '../image-format/criu/blame-document.js';
import type { Image } from '../image-format/criu/image-set.js';
import { writeImageSet } from '../image-format/criu/write-image-set.js';
import { writeLayer } from '../image-format/criu/write-layer.js';
import { hasEnded } from '../image-format/neutral/has-ended.js';
import type { Tree } from '../image-format/neutral/index.js';
import { readPlainFile } from '../image-format/read-plain-file.js';
import { addressesOf, canBindAnywhere } from './await-addresses.js';
import { socketPaths } from './sockets-in-the-way.js';

/** A tree as images that the CRIU at hand can restore. */
export interface UnfoldedTree {
  readonly root: number;
  /** Whether the tree has a PID namespace of its own, in which alone its numbers mean something: its root is init there. */
  readonly apart: boolean;
  /** PIDs of the processes that run on, or are stopped. */
  readonly living: readonly number[];
  /** PIDs of those that have ended, and whose parents have not asked after them yet. */
  readonly ended: readonly number[];
  /** Every number that its tasks need: PIDs and thread IDs. */
  readonly ids: readonly number[];
  /** The programs by PID. */
  readonly names: ReadonlyMap<number, string>;
  /** Directory of the images. */
  readonly images: string;
  /** How it was frozen; nothing for a tree without anything special. */
  readonly policy: TreePolicy;
  readonly connections: readonly FrozenConnection[];
  /** Paths of the regular files that it has open. */
  readonly files: readonly string[];
  /** Those of them that it may change within. */
  readonly written: readonly string[];
  /** What CRIU opens for it by its path, where others than root could put something else. */
  readonly opened: readonly OpenedPath[];
  /** Whether its paths may mean something else outside: it has mounts of its own. */
  readonly ownMounts: boolean;
  /** The locks on files that it takes again. */
  readonly locks: readonly FrozenLock[];
  /** The machine's addresses that its sockets are bound to. */
  readonly addresses: readonly string[];
  /** Where it puts unix sockets on this machine; not those in mounts of the tree's own. */
  readonly socketPaths: readonly string[];
  /** Whether it has sockets at all, for which a dump leaves rules in the kernel that a restore takes away. */
  readonly sockets: boolean;
  /** By which CRIU may have named those rules; undefined for one that goes by the root's PID. */
  readonly runId: string | undefined;
  /** Whether its images say that uprobes were allowed (criu/image.c, check_img_inventory: from 4.2 on). */
  readonly uprobes: boolean;
}

/** A bundle made ready for CRIU in a work directory of the store. */
export interface Unfolded {
  readonly work: string;
  /** The work directory, with who works in it. */
  readonly place: WorkDirectory;
  readonly proof: string;
  readonly goal: string;
  readonly trees: readonly UnfoldedTree[];
  readonly losses: readonly Loss[];
  clear(): Promise<void>;
}

/**
 * Verifies a bundle (all but the contents of its pages) and lowers it for this CRIU and kernel. Page members are not
 * copied: the images refer to them by symbolic links, and CRIU opens them for reading only.
 * Throws the bundle's failures, `thaw-architecture`, and `thaw-lossy` for a loss that the processes would not survive.
 */
export async function unfold(bundle: Bundle, store: string, criu: Criu): Promise<Unfolded> {
  const here = systemIdentity();
  const theirs = bundle.manifest.origin.architecture;
  if (theirs !== here.architecture) {
    throw fail('thaw-architecture', { name: bundle.name, theirs, ours: here.architecture });
  }
  const document = await readVerifiedDocument(bundle);
  const member = memberPaths(bundle);
  const owner = workOwner();
  const place = { ...(await makeWorkDirectory(store, owner)), owner };
  const work = place.path;
  const clear = (): Promise<void> => rm(work, { recursive: true, force: true });
  try {
    const machine = thisMachine();
    const losses: Loss[] = [];
    const trees: UnfoldedTree[] = [];
    for (const [index, saved] of document.trees.entries()) {
      const tree = withSocketsInMounts(saved);
      const policy = bundle.manifest.trees[index]?.policy ?? {};
      const lowered = lowerForRestore(tree, {
        target: { criu: criu.version, kernel: here.kernel, machine },
        payload: member,
        readFile: readPlainFile,
      });
      const changed = allowChangedFiles(lowered.images, changedFiles(policy));
      const images = armDueTimers(changed, policy.dueTimers ?? []);
      const written = await writeTree(bundle, work, tree, images);
      trees.push({ ...written, policy, socketPaths: socketPaths(tree, policy) });
      await writeLayer(imagesOf(work, tree), lowered, member, async (file, to) => {
        const found = lowered.pages.find(page => page.file === file);
        if (found !== undefined) await symlink(member(found.member), to);
      });
      // whole only now: large images say what is lost in them when they are made
      for (const loss of lowered.losses) losses.push(loss);
    }
    const fatal = losses.find(loss => loss.severity === 'fatal');
    if (fatal) {
      const { kernel: origin } = bundle.manifest.origin;
      const facts = { name: bundle.name, criu: criu.version, kernel: here.kernel, origin };
      throw fail('thaw-lossy', { ...facts, reason: fatal.reason });
    }
    return { work, place, proof: join(work, 'proof'), goal: join(work, 'go'), trees, losses, clear };
  } catch (error) {
    await clear();
    throw error;
  }
}

/**
 * Files that may differ from what they were, with the end behind which nothing may be read or written: of one that is
 * opened anew, what lies there now, or nothing at all.
 */
function changedFiles({ files = [] }: TreePolicy): ReadonlyMap<string, bigint | undefined> {
  const changed = files.filter(file => file.action !== 'carry');
  return new Map(
    changed.map(({ path, action }) => {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      return [path, action === 'reopen' ? BigInt(size) : undefined];
    }),
  );
}

function imagesOf(work: string, tree: Tree): string {
  return join(work, `images-${tree.label}`);
}

async function writeTree(
  bundle: Bundle,
  work: string,
  tree: Tree,
  images: Parameters<typeof writeImageSet>[1],
): Promise<Omit<UnfoldedTree, 'policy' | 'socketPaths'>> {
  const directory = imagesOf(work, tree);
  await mkdir(directory, { mode: 0o700 });
  blamingDocument(() => writeImageSet(directory, images));
  for (const { member } of tree.pageFiles) {
    await symlink(join(bundle.path, member), join(directory, basename(member)));
  }
  const pidsOf = (ended: boolean): number[] =>
    tree.processes.filter(process => hasEnded(process) === ended).map(process => process.pid);
  const wayTo = makeWays();
  const ids = tree.processes.flatMap(process => [process.pid, ...process.threads.map(thread => thread.tid)]);
  const names = new Map(
    tree.processes.map(({ pid, threads }) => [
      pid,
      threads.find(({ tid }) => tid === pid)?.name ?? 'unknown',
    ]),
  );
  return {
    root: tree.root,
    apart: tree.root === 1,
    living: pidsOf(false),
    ended: pidsOf(true),
    ids: [...new Set(ids)],
    names,
    images: directory,
    connections: frozenConnections([tree]),
    files: tree.openFiles.flatMap(file => (file.kind === 'regular' ? [file.path] : [])),
    written: filesWrittenWithin(tree),
    opened: openedPaths(tree, path => !wayTo(path).safe),
    ownMounts: mountsOf(tree) !== undefined,
    locks: frozenLocks(tree),
    addresses: addressesOf(tree, await canBindAnywhere()),
    sockets: tree.openFiles.some(({ kind }) => kind.endsWith('-socket') || kind === 'external'),
    runId: tree.capture?.runId,
    uprobes: images.images.some(allowsUprobes),
  };
}

/** In the images, since those for a CRIU that does not know the option say nothing of it. */
function allowsUprobes(image: Image): boolean {
  return (
    image.kind === 'inventory' &&
    image.form === 'records' &&
    image.records.some(({ message }) => message.allow_uprobes === true)
  );
}
