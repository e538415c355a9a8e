import { type Stats, statSync } from 'node:fs';
import { fail } from '../errors.js';
import type { PolicyFile } from '../image-format/bundle/manifest.js';
import type { BundlePayload } from '../image-format/bundle/write-payloads.js';
import type { Tree } from '../image-format/neutral/index.js';
import { itemsOf } from '../image-format/neutral/packed-list.js';
import { actionFor, type FileRule } from './check/file-rules.js';
import { isSameFile } from './same-file.js';

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
  const { rules, unasked, within } = choice;
  if (rules.length === 0 && unasked.length === 0) return { files: [], payloads: [] };
  const mapped = mappedFiles(tree);
  const files = new Map<string, PolicyFile>();
  const payloads: BundlePayload[] = [];
  const add = (path: string, action: PolicyFile['action'], stat: Stats): void => {
    const row = { path, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, modified: stat.mtimeMs };
    if (action !== 'carry') {
      files.set(path, { ...row, action });
      return;
    }
    const member = `files/${label}/${payloads.length}`;
    files.set(path, { ...row, action, member });
    payloads.push({ member, parts: [{ in: 'file', path, offset: 0, length: stat.size }] });
  };
  const isTheirs = (path: string, stat: Stats | undefined): boolean =>
    within === undefined || isSameFile(stat, regularFile(`/proc/${within}/root${path}`));
  for (const file of tree.openFiles) {
    if (file.kind !== 'regular' || files.has(file.path)) continue;
    const action = actionFor(rules, file.path);
    if (action === 'keep' || (action !== 'carry' && mapped.has(file.path))) continue;
    const stat = regularFile(file.path);
    if (!isTheirs(file.path, stat))
      throw fail('file-rule-elsewhere', { pid: within ?? 0, pattern: file.path });
    if (stat !== undefined) add(file.path, action, stat);
  }
  for (const path of unasked) {
    const stat = regularFile(path);
    if (stat !== undefined && isTheirs(path, stat)) add(path, 'carry', stat);
  }
  return { files: [...files.values()], payloads };
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
