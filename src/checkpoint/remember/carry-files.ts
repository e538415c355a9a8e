import { type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../errors.js';
import { isInMemory, namesOf } from '../../host/proc/files.js';
import type { PolicyFile } from '../../image-format/bundle/manifest.js';
import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { itemsOf } from '../../image-format/neutral/packed-list.js';
import { actionFor, type FileRule, isRuled } from '../check/file-rules.js';
import { isSameFile } from './same-file.js';

const LINKED_BY_CRIU = /\/link_remap\.\d+$/;

/** What becomes of the files of a tree that are not simply kept, and the contents that travel along. */
export interface CarriedFiles {
  readonly files: readonly PolicyFile[];
  readonly payloads: readonly BundlePayload[];
}

/** Which files are not simply kept. */
export interface FileChoice {
  readonly rules: readonly FileRule[];
  /** Paths of files that are carried along although no rule was made for them, whether they are open or not. */
  readonly unasked: readonly string[];
  /** Largest file that is carried along because CRIU has given it another name, bytes. */
  readonly limit: number;
  /** Files that trees of the same bundle carry already: their paths by device and inode. This tree's are added. */
  readonly carried: Map<string, string>;
  /** A process of a tree with mounts of its own, by the PID that this system knows it by. */
  readonly within?: number | undefined;
}

/**
 * Applies rules to the regular files that a frozen tree has open or mapped. A file that has no name any more is carried
 * by CRIU itself. One that is mapped must come back as it was, so only `carry` holds for it. The tree stands still
 * while contents are read, so they fit the rest of it. Throws `file-rule-elsewhere` where a path means another file for
 * the tree than for this ckpt, as in a private /tmp.
 * @param label tells the members of this tree from those of others
 */
export function carryFiles(tree: Tree, label: string, choice: FileChoice): CarriedFiles {
  const { rules, unasked, limit, carried, within } = choice;
  const isSmall = (path: string): boolean => (regularFile(path)?.size ?? 0) <= limit;
  const linked = linkedByCriu(tree).filter(path => !isRuled(rules, path) && isSmall(path));
  if (rules.length + unasked.length + linked.length === 0) return { files: [], payloads: [] };
  const mapped = mappedFiles(tree);
  const files = new Map<string, PolicyFile>();
  const payloads: BundlePayload[] = [];
  const rowOf = (path: string, { mode, uid, gid, mtimeMs }: Stats) => ({
    ...{ path, mode: mode & 0o7777, uid, gid, modified: mtimeMs },
  });
  const carry = (path: string, stat: Stats): void => {
    const row = { ...rowOf(path, stat), action: 'carry' } as const;
    const known = carried.get(`${stat.dev} ${stat.ino}`);
    if (known === path) return;
    if (known !== undefined && dirname(known) === dirname(path)) {
      files.set(path, { ...row, sameAs: known });
      return;
    }
    carried.set(`${stat.dev} ${stat.ino}`, path);
    const member = `files/${label}/${payloads.length}`;
    files.set(path, { ...row, member });
    payloads.push({ member, parts: [{ in: 'file', path, offset: 0, length: stat.size }] });
  };
  const carryByAllNames = (path: string, stat: Stats): void => {
    carry(path, stat);
    if (!LINKED_BY_CRIU.test(path)) return;
    for (const name of namesOf(dirname(path), stat.ino, 'file')) carry(join(dirname(path), name), stat);
  };
  const isTheirs = (path: string, stat: Stats | undefined): boolean =>
    within === undefined || isSameFile(stat, regularFile(`/proc/${within}/root${path}`));
  for (const file of tree.openFiles) {
    if (file.kind !== 'regular' || files.has(file.path)) continue;
    const { path } = file;
    const action = actionFor(rules, path);
    if (action === 'keep' || (action !== 'carry' && mapped.has(path))) continue;
    const stat = regularFile(path);
    if (!isTheirs(path, stat)) throw fail('file-rule-elsewhere', { pid: within ?? 0, pattern: path });
    if (stat === undefined) continue;
    if (action === 'carry') carryByAllNames(path, stat);
    else files.set(path, { ...rowOf(path, stat), action });
  }
  for (const path of [...unasked, ...linked]) {
    const stat = regularFile(path);
    if (stat !== undefined && isTheirs(path, stat)) carryByAllNames(path, stat);
  }
  return { files: [...files.values()], payloads };
}

/**
 * Files in memory that have lost the name that they are open or mapped by, and have another: CRIU gives them one more for
 * the thaw, beside the lost one (criu/files-reg.c, create_link_remap()), which a reboot takes away as it does the others.
 */
function linkedByCriu({ openFiles }: Tree): readonly string[] {
  const paths = openFiles.flatMap(file => (file.kind === 'regular' ? [file.path] : []));
  return paths.filter(path => LINKED_BY_CRIU.test(path) && isInMemory(dirname(path)));
}

function mappedFiles(tree: Tree): ReadonlySet<string> {
  const paths = new Map(tree.openFiles.map(file => [file.id, file.kind === 'regular' ? file.path : '']));
  const mapped = new Set<string>();
  for (const memory of tree.memories) {
    for (const { backing } of itemsOf(memory, 'mappings')) {
      const path = backing.kind === 'file' ? paths.get(backing.file) : undefined;
      if (path !== undefined) mapped.add(path);
    }
  }
  return mapped;
}

function regularFile(path: string): Stats | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat : undefined;
}
