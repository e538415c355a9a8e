import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../errors.js';
import { type FileItself, withItself } from '../../file-itself.js';
import { identityOf, namesOf } from '../../host/proc/files.js';
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

/** A file that comes along although no rule was made for it. */
export interface UnaskedFile {
  readonly path: string;
  /** Whether the tree has it open, it holds its PID, or it is a temporary one that only a boot takes away. */
  readonly kind: 'open' | 'pid' | 'loose';
}

/** Which files are not simply kept. */
export interface FileChoice {
  readonly rules: readonly FileRule[];
  /** Of several rows for one path the first counts. */
  readonly unasked: readonly UnaskedFile[];
  /** Largest of those, bytes. */
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
 * while contents are read, so they fit the rest of it; who is not frozen may put something else in the place of a file meanwhile, which
 * does not come along. Throws `file-rule-elsewhere` where a path means another file for the tree than for this ckpt, as in a
 * private /tmp, and `freeze-large-file`.
 * @param label tells the members of this tree from those of others
 */
export function carryFiles(tree: Tree, label: string, choice: FileChoice): CarriedFiles {
  const list = new CarryList(label, choice.carried);
  applyRules(tree, list, choice);
  carryUnasked(list, choice);
  return list.all;
}

function applyRules(tree: Tree, list: CarryList, { rules, within }: FileChoice): void {
  const mapped = mappedFiles(tree);
  for (const file of tree.openFiles) {
    if (file.kind !== 'regular' || list.has(file.path)) continue;
    const { path } = file;
    const action = actionFor(rules, path);
    if (action === 'keep' || (action !== 'carry' && mapped.has(path))) continue;
    withItself(path, found => {
      if (!isTheirs(path, found, within))
        throw fail('file-rule-elsewhere', { pid: within ?? 0, pattern: path });
      if (found === undefined) return;
      if (action === 'carry') list.carryByAllNames(path, found);
      else list.note(path, found, action);
    });
  }
}

function carryUnasked(list: CarryList, { rules, unasked, limit, leftBehind, within }: FileChoice): void {
  for (const { path, kind } of unasked) {
    if (list.has(path) || isRuled(rules, path)) continue;
    withItself(path, found => {
      if (found === undefined || !isTheirs(path, found, within)) return;
      const bytes = found.stat.size;
      if (bytes <= limit) list.carryByAllNames(path, found, kind === 'loose' ? { loose: true } : {});
      else if (kind === 'open' && leftBehind?.includes(path) === false)
        throw fail('freeze-large-file', { path, bytes });
    });
  }
}

/** Whether a path means the same for a tree. */
function isTheirs(path: string, found: FileItself | undefined, within: number | undefined): boolean {
  return within === undefined || found?.identity === identityOf(`/proc/${within}/root${path}`);
}

/** What the trees of a bundle carry, as far as they were looked at. */
export class CarriedSoFar {
  /** Paths by device and inode: a file that several trees have open travels once. */
  readonly paths = new Map<string, string>();
  #room = AT_ONCE;

  /** Small ones are read at once: who is not frozen may write to them, or delete them, in the next moment. */
  contentOf(path: string, { place, stat, identity }: FileItself): BundlePayload['parts'][number] {
    const length = stat.size;
    if (length > this.#room) return { in: 'file', path, offset: 0, length, identity };
    this.#room -= length;
    // Of one that grows meanwhile what was there.
    return { in: 'memory', bytes: readFileSync(place).subarray(0, length) };
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
  note(path: string, file: FileItself, action: PolicyFile['action']): void {
    this.#files.set(path, { ...rowOf(path, file), action });
  }

  /** Under its other names, too, where CRIU has made this one. */
  carryByAllNames(path: string, file: FileItself, more: Pick<PolicyFile, 'loose'> = {}): void {
    this.#carry(path, file, more);
    if (!LINKED_BY_CRIU.test(path)) return;
    const [, inode = ''] = file.identity.split(':');
    for (const name of namesOf(dirname(path), inode, 'file'))
      this.#carry(join(dirname(path), name), file, more);
  }

  /** What another tree carries already goes along once; in one folder its names are links of one file again. */
  #carry(path: string, file: FileItself, more: Pick<PolicyFile, 'loose'>): void {
    const row = { ...rowOf(path, file), action: 'carry', ...more } as const;
    const known = this.carried.paths.get(file.identity);
    if (known === path) return;
    if (known !== undefined && dirname(known) === dirname(path)) {
      this.#files.set(path, { ...row, sameAs: known });
      return;
    }
    this.carried.paths.set(file.identity, path);
    const member = `files/${this.label}/${this.#payloads.length}`;
    this.#files.set(path, { ...row, member });
    this.#payloads.push({ member, parts: [this.carried.contentOf(path, file)] });
  }
}

function rowOf(path: string, { stat }: FileItself): Omit<PolicyFile, 'action'> {
  const { mode, uid, gid, mtimeMs } = stat;
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
