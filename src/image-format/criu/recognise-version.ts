/**
 * Which CRIU wrote a set of images. No image says so; but each release writes fields that older ones do not know, and
 * some fields in every dump.
 */
import {
  CRIU_VERSIONS,
  type CriuVersion,
  type Image,
  type ImageSet,
  type ScannedImageSet,
  type WireMessage,
} from './image-set.js';
import { kindNamed } from './kinds.js';
import { wireTable } from './wire-table.js';
import type { FieldRow } from './wire-types.js';

export interface Recognition {
  /** The releases that can have written the set, likeliest first; never empty. */
  readonly candidates: readonly CriuVersion[];
  /**
   * certain: every other known release is ruled out. likely: more than one fits, the first is the newest. guess: the
   * images contradict every release (a build between two releases, or changed images); least contradicted first.
   */
  readonly sure: 'certain' | 'likely' | 'guess';
  /** What speaks against which releases, in words. */
  readonly evidence: readonly string[];
}

const IPPROTO_TCP = 6;

interface Finding {
  readonly rulesOut: readonly CriuVersion[];
  readonly because: string;
}

/**
 * Fields that each release from one on writes into every message of a kind, so that their absence rules these out: from
 * the code that fills `inventory_entry` (criu/image.c), `thread_core_entry` (criu/cr-dump.c), `memfd_inode_entry`
 * (criu/memfd.c), `inet_sk_entry` (criu/sk-inet.c; by us only for TCP), `pagemap_entry` (criu/page-xfer.c).
 */
const ALWAYS: readonly {
  readonly message: string;
  readonly field: string;
  readonly since: CriuVersion;
  /** Whether it is a message that has the field; absent: all have. */
  readonly holds?: (message: WireMessage) => boolean;
}[] = [
  { message: 'thread_core_entry', field: 'cg_set', since: '3.18' },
  { message: 'memfd_inode_entry', field: 'mode', since: '3.19' },
  { message: 'inet_sk_entry', field: 'tcp_opts', since: '4.0', holds: ({ proto }) => proto === IPPROTO_TCP },
  { message: 'inventory_entry', field: 'dump_criu_run_id', since: '4.1.1' },
  { message: 'inventory_entry', field: 'compress', since: '4.3' },
  { message: 'pagemap_entry', field: 'nr_pages', since: '4.2.1' },
];

/** Says which release wrote a set, and how sure that is. Pure. */
export function recogniseVersion(set: ImageSet | ScannedImageSet): Recognition {
  const findings = new Map<string, Finding>();
  const note = (because: string, rulesOut: readonly CriuVersion[]) => {
    if (rulesOut.length > 0 && !findings.has(because)) findings.set(because, { rulesOut, because });
  };
  for (const image of tellingImages(set)) {
    const kind = kindNamed(image.kind);
    if (image.form !== 'records' || kind?.form !== 'records') continue;
    for (const record of image.records) {
      const message = record.type ?? kind.message;
      if (limited(message)) noteMessage(message, record.message, note);
    }
  }
  return judge([...findings.values()]);
}

/** The images of a set; deferred ones are read one after the other, and only those that can tell something. */
function* tellingImages(set: ImageSet | ScannedImageSet): Iterable<Image> {
  yield* set.images;
  for (const image of 'deferred' in set ? set.deferred : []) {
    const kind = kindNamed(image.kind);
    if (kind?.form === 'records' && limited(kind.message)) yield image.read();
  }
}

function judge(findings: readonly Finding[]): Recognition {
  const against = (version: CriuVersion) =>
    findings.filter(finding => finding.rulesOut.includes(version)).length;
  const newestFirst = [...CRIU_VERSIONS].reverse();
  const fitting = newestFirst.filter(version => against(version) === 0);
  const evidence = findings.map(({ because, rulesOut }) => `${because}: not ${rulesOut.join(', ')}`);
  if (fitting.length > 0)
    return { candidates: fitting, sure: fitting.length === 1 ? 'certain' : 'likely', evidence };
  return { candidates: newestFirst.sort((a, b) => against(a) - against(b)), sure: 'guess', evidence };
}

type Note = (because: string, rulesOut: readonly CriuVersion[]) => void;

function noteMessage(message: string, value: WireMessage, note: Note): void {
  noteAbsent(message, value, note);
  for (const { row, missing } of limitedFields(message)) {
    const part = value[row.name];
    if (part === undefined) continue;
    note(`${message}.${row.name} is there`, missing);
    if (row.of === undefined || row.type !== 'message' || !limited(row.of)) continue;
    const parts = (Array.isArray(part) ? part : [part]) as readonly WireMessage[];
    for (const one of parts) noteMessage(row.of, one, note);
  }
}

function noteAbsent(message: string, value: WireMessage, note: Note): void {
  for (const { message: of, field, since, holds } of ALWAYS) {
    if (of !== message || value[field] !== undefined || holds?.(value) === false) continue;
    note(`${message}.${field} is absent`, CRIU_VERSIONS.slice(CRIU_VERSIONS.indexOf(since)));
  }
}

interface LimitedField {
  readonly row: FieldRow;
  /** The releases that do not know the field. */
  readonly missing: readonly CriuVersion[];
}

const limitedCache = new Map<string, readonly LimitedField[]>();

/** The fields of a message that not every release knows, or that hold a message with such fields. */
function limitedFields(message: string): readonly LimitedField[] {
  const known = limitedCache.get(message);
  if (known !== undefined) return known;
  limitedCache.set(message, []); // for a message that holds itself
  const fields = Object.values(wireTable.messages[message]?.fields ?? {}).flatMap(row => {
    const missing = row.in === undefined ? [] : CRIU_VERSIONS.filter(version => !row.in?.includes(version));
    const deeper = row.type === 'message' && row.of !== undefined && limited(row.of);
    return missing.length > 0 || deeper ? [{ row, missing }] : [];
  });
  limitedCache.set(message, fields);
  return fields;
}

function limited(message: string): boolean {
  return limitedFields(message).length > 0;
}
