import { dirname } from 'node:path';
import type {
  PolicyFifo,
  PolicyFile,
  PolicyFolder,
  PolicyLockedFile,
} from '../../image-format/bundle/manifest.js';
import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { isRuled } from '../check/file-rules.js';
import {
  type LooseEntries,
  type LooseEntry,
  looseBytes,
  looseEntries,
  looseOf,
  looseUnruled,
} from '../check/loose-files.js';
import type { CheckOptions } from '../check/options.js';
import type { Dump } from '../dump/prepare-freeze.js';
import { CarriedSoFar, carryFiles, openGoneAtBoot, type UnaskedFile } from './carry-files.js';
import { dueTimers } from './due-timers.js';
import { fifosGoneAtBoot } from './fifos-gone-at-boot.js';
import { foldersGoneAtBoot } from './folders-gone-at-boot.js';
import { lockedFiles } from './locked-files.js';

/** What no image holds of a tree, and a thaw puts back. */
export interface Remembered {
  readonly files: readonly PolicyFile[];
  readonly folders: readonly PolicyFolder[];
  readonly fifos: readonly PolicyFifo[];
  /** Numbers of the open files that are timers which were due (see `dueTimers`). */
  readonly dueTimers: readonly number[];
  readonly lockedFiles: readonly PolicyLockedFile[];
}

/** A tree that stands still, and what its images say. */
interface Frozen {
  readonly dump: Dump;
  readonly tree: Tree;
}

/** With the contents of files. */
export interface RememberedTree {
  readonly remembered: Remembered;
  readonly carried: readonly BundlePayload[];
}

/**
 * Looks at trees that stand still, so that what is found fits the rest of them.
 * @param ours folders in which nothing is of the trees: the bundle is being made there
 */
export function remember<T extends Frozen>(
  trees: readonly T[],
  ours: readonly string[],
): Promise<readonly (T & RememberedTree)[]> {
  // Once more after the look: what they have made, and closed, since then is of them, too.
  const found = looseEntries(trees.flatMap(({ dump }) => dump.tree.looseOwners ?? []));
  const entries = found?.filter(({ path }) => !ours.some(folder => `${path}/`.startsWith(`${folder}/`)));
  const opened = trees.map(({ tree }) => openGoneAtBoot(tree));
  const shared = { entries, openInAny: new Set(opened.flat()), carried: new CarriedSoFar() };
  return Promise.all(
    trees.map(async (one, index) => ({
      ...one,
      ...(await rememberTree(one, { label: String(index), open: opened[index] ?? [] }, shared)),
    })),
  );
}

interface Shared {
  readonly entries: LooseEntries;
  /** Paths. What another tree needs is no mere temporary file, whoever else could have made it. */
  readonly openInAny: ReadonlySet<string>;
  readonly carried: CarriedSoFar;
}

/** Before it waits for the first time it has read all files, so that those of the next tree are read at once, too. */
async function rememberTree(
  { dump, tree }: Frozen,
  { label, open }: { readonly label: string; readonly open: readonly string[] },
  { entries, openInAny, carried }: Shared,
): Promise<RememberedTree> {
  const { options, leftBehind, mounts, looseOwners } = dump.tree;
  const within = mounts === undefined ? undefined : dump.root;
  const pidFiles = dump.tree.pidFiles.filter(path => !isRuled(options.files, path));
  const loose =
    looseOwners === undefined ? [] : looseToCarry(looseOf(entries, looseOwners, openInAny), options);
  const looseFiles = loose.flatMap(({ kind, path }) => (kind === 'file' ? [path] : []));
  const { files, payloads } = carryFiles(tree, label, {
    ...{ rules: options.files, limit: options.ghostLimit, leftBehind, carried, within },
    unasked: [...rows('open', open), ...rows('pid', pidFiles), ...rows('loose', looseFiles)],
  });
  const folders = foldersGoneAtBoot(tree, {
    needed: pidFiles.map(path => dirname(path)),
    loose: loose.map(({ kind, path }) => (kind === 'folder' ? path : dirname(path))),
    within,
  });
  const fifos = fifosGoneAtBoot(tree, within);
  const remembered = { files, folders, fifos, lockedFiles: lockedFiles(tree) };
  return { carried: payloads, remembered: { ...remembered, dueTimers: await dueTimers(tree) } };
}

function rows(kind: UnaskedFile['kind'], paths: readonly string[]): readonly UnaskedFile[] {
  return paths.map(path => ({ kind, path }));
}

/** All of them or none: half of them is of no use to who needs them. */
function looseToCarry(loose: LooseEntries, { files, ghostLimit }: CheckOptions): readonly LooseEntry[] {
  const unruled = looseUnruled(loose ?? [], files);
  return looseBytes(unruled) <= ghostLimit ? unruled : [];
}
