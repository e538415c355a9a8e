/**
 * Objects of a tree without the names that the document gives them: what they refer to stands in their place, and
 * numbers that belong to one boot are left out, so that objects of two captures can be compared. Pure.
 */
import type { PayloadReference, Tree } from '../../image-format/neutral/index.js';

/** Numbers that the kernel gave and gives anew: they say nothing about the process. */
const OF_ONE_BOOT: ReadonlySet<string> = new Set(['id', 'mount', 'inode', 'fileDevice', 'device', 'peer']);
const REFERENCE = /^[a-z]+-\d+$/;
/** References are followed so far: an open file, what it leads to, and what that is made of. */
const DEEPEST = 4;

/** What stands for bytes beside the document: a text that is the same where the bytes are. */
export type NameBytes = (reference: PayloadReference) => string;

export class PlainTree {
  private readonly objects = new Map<string, unknown>();
  private readonly known = new Map<string, unknown>();

  constructor(
    readonly tree: Tree,
    private readonly nameBytes: NameBytes,
  ) {
    const lists = [
      tree.openFiles,
      tree.pipes,
      tree.fifos,
      tree.terminals,
      tree.memfds,
      tree.ghostFiles,
      tree.filesystems,
      tree.signalTables,
      tree.namespaces ?? [],
    ];
    for (const list of lists) for (const object of list) this.objects.set(object.id, object);
  }

  /** A value with what it refers to in place of references. */
  plain(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.referred(value, depth);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(item => this.plain(item, depth));
    if (isPayload(value)) return this.nameBytes(value);
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (OF_ONE_BOOT.has(key) && typeof item !== 'string') continue;
      if (key !== 'id') out[key] = this.plain(item, depth);
    }
    return out;
  }

  private referred(value: string, depth: number): unknown {
    if (depth >= DEEPEST || !REFERENCE.test(value)) return value;
    const object = this.objects.get(value);
    // shared memory, cgroups and others go by numbers of one boot
    if (object === undefined) return value.replace(/-\d+$/, '');
    const key = `${value}@${depth}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const made = this.plain(object, depth + 1);
    this.known.set(key, made);
    return made;
  }
}

function isPayload(value: object): value is PayloadReference {
  return 'payload' in value && 'at' in value && 'length' in value;
}
