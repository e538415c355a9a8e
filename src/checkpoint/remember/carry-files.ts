import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../errors.js';
import { identityOf, inodeOf, isSameFile, namesOf } from '../../host/proc/files.js';
import { isGoneAtBoot } from '../../host/proc/gone-at-boot.js';
import type { PolicyFile } from '../../image-format/bundle/manifest.js';
import type { BundlePayload } from '../../image-format/bundle/write-payloads.js';
import type { Tree } from '../../image-format/neutral/index.js';
import { itemsOf } from '../../image-format/neutral/packed-list.js';
import { actionFor, type FileRule, isRuled } from '../check/file-rules.js';

/** Bytes of small files that are kept in memory until they are written, in all. */
const AT_ONCE = 2 ** 22;
const LINKED_BY_CRIU = /\/link_remap\.\d+$/;

/** What becomes of the files of a tree that are not simply kept, and the contents that travel along. */
export interface CarriedFiles {
  readonly files: readonly PolicyFile[];
  readonly payloads: readonly BundlePayload[];
}

/** Which files are not simply kept. */
export interface FileChoice {
  readonly rules: readonly FileRule[];
  /** Paths of files that are carried along although no rule was made for them and nobody may have them open. */
  readonly unasked: readonly string[];
  /** The same, of temporary files that only a boot takes away. */
  readonly loose: readonly string[];
  /** Paths of those that the tree has open and a boot takes away (see `openGoneAtBoot`). */
  readonly open: readonly string[];
  /** Largest file that is carried along although no rule was made for it, bytes. */
  readonly limit: number;
  /** Paths of larger ones that whoever freezes was told of; undefined where nobody looked. */
  readonly leftBehind: readonly string[] | undefined;
  /** Files that trees of the same bundle carry already. This tree's are added. */
  readonly carried: CarriedSoFar;
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
  const { rules, unasked, loose, open, limit, leftBehind, carried, within } = choice;
  const mapped = mappedFiles(tree);
  const list = new CarryList(label, carried);
  const isTheirs = (path: string, stat: Stats | undefined): boolean => {
    if (within === undefined) return true;
    const theirs = `/proc/${within}/root${path}`;
    const found = regularFile(theirs);
    return stat === undefined || found === undefined ? stat === found : isSameFile(path, theirs);
  };
  for (const file of tree.openFiles) {
    if (file.kind !== 'regular' || list.has(file.path)) continue;
    const { path } = file;
    const action = actionFor(rules, path);
    if (action === 'keep' || (action !== 'carry' && mapped.has(path))) continue;
    const stat = regularFile(path);
    if (!isTheirs(path, stat)) throw fail('file-rule-elsewhere', { pid: within ?? 0, pattern: path });
    if (stat === undefined) continue;
    if (action === 'carry') list.carryByAllNames(path, stat);
    else list.note(path, stat, action);
  }
  const isLoose = new Set(loose);
  for (const path of new Set([...open, ...unasked, ...loose].filter(one => !isRuled(rules, one)))) {
    const stat = regularFile(path);
    if (stat === undefined || !isTheirs(path, stat)) continue;
    if (stat.size <= limit) list.carryByAllNames(path, stat, isLoose.has(path) ? { loose: true } : {});
    else if (leftBehind?.includes(path) === false)
      throw fail('freeze-large-file', { path, bytes: stat.size });
  }
  return list.all;
}

/** What the trees of a bundle carry, as far as they were looked at. */
export class CarriedSoFar {
  /** Paths by device and inode: a file that several trees have open travels once. */
  readonly paths = new Map<string, string>();
  #room = AT_ONCE;

  /** Small ones are read at once: who is not frozen may write to them, or delete them, in the next moment. */
  contentOf(path: string, length: number): BundlePayload['parts'][number] {
    if (length > this.#room) return { in: 'file', path, offset: 0, length };
    this.#room -= length;
    return { in: 'memory', bytes: readFileSync(path) };
  }
}

/** What was found so far. */
class CarryList {
  readonly #files = new Map<string, PolicyFile>();
  readonly #payloads: BundlePayload[] = [];

  constructor(
    private readonly label: string,
    private readonly carried: CarriedSoFar,
  ) {}

  get all(): CarriedFiles {
    return { files: [...this.#files.values()], payloads: this.#payloads };
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** A file whose contents stay where they are. */
  note(path: string, stat: Stats, action: PolicyFile['action']): void {
    this.#files.set(path, { ...rowOf(path, stat), action });
  }

  /** Under its other names, too, where CRIU has made this one. */
  carryByAllNames(path: string, stat: Stats, more: Pick<PolicyFile, 'loose'> = {}): void {
    this.#carry(path, stat, more);
    if (!LINKED_BY_CRIU.test(path)) return;
    for (const name of namesOf(dirname(path), inodeOf(path) ?? '', 'file'))
      this.#carry(join(dirname(path), name), stat, more);
  }

  /** What another tree carries already goes along once; in one folder its names are links of one file again. */
  #carry(path: string, stat: Stats, more: Pick<PolicyFile, 'loose'>): void {
    const row = { ...rowOf(path, stat), action: 'carry', ...more } as const;
    const inode = identityOf(path) ?? `${stat.dev}:${stat.ino}`;
    const known = this.carried.paths.get(inode);
    if (known === path) return;
    if (known !== undefined && dirname(known) === dirname(path)) {
      this.#files.set(path, { ...row, sameAs: known });
      return;
    }
    this.carried.paths.set(inode, path);
    const member = `files/${this.label}/${this.#payloads.length}`;
    this.#files.set(path, { ...row, member });
    this.#payloads.push({ member, parts: [this.carried.contentOf(path, stat.size)] });
  }
}

function rowOf(path: string, { mode, uid, gid, mtimeMs }: Stats): Omit<PolicyFile, 'action'> {
  return { path, mode: mode & 0o7777, uid, gid, modified: mtimeMs };
}

/**
 * What the tree has open or mapped, now that it stands still, by a name that a reboot takes away. A file that has lost that name
 * and has another is among them: CRIU gives it one more for the thaw, beside the lost one (criu/files-reg.c,
 * create_link_remap()). One that has none any more is carried by CRIU itself, and what lies at its path is another.
 */
export function openGoneAtBoot({ openFiles, remaps }: Tree): readonly string[] {
  const lost = new Set(remaps.map(({ file }) => file));
  const paths = openFiles.flatMap(file => (file.kind === 'regular' && !lost.has(file.id) ? [file.path] : []));
  return [...new Set(paths)].filter(isGoneAtBoot);
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
