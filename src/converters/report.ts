/**
 * How neutral a document is: which of the wire fields that are present in the images it models, and which it only
 * carries. Pure.
 */
import type { Image, WireMessage, WireValue } from '../image-format/criu/image-set.js';
import type { CarriedValue, Residue } from '../image-format/neutral/index.js';

/** The fields of one kind of image. A field is counted once however often it occurs. */
export interface KindReport {
  readonly kind: string;
  /** Different fields that are present. */
  readonly fields: number;
  /** Occurrences of them. */
  readonly occurrences: number;
  /** Fields that are carried at least once: path within the record, and how often. */
  readonly residue: readonly { readonly field: string; readonly occurrences: number }[];
}

export interface NeutralityReport {
  readonly fields: number;
  readonly modelled: number;
  readonly occurrences: number;
  readonly modelledOccurrences: number;
  readonly kinds: readonly KindReport[];
  /** Images carried whole because their format is not CRIU's (archives, dumps of other tools). */
  readonly carriedWhole: readonly string[];
}

class Tally {
  readonly byKind = new Map<string, Map<string, number>>();

  add(kind: string, field: string): void {
    const fields = this.byKind.get(kind) ?? new Map<string, number>();
    fields.set(field, (fields.get(field) ?? 0) + 1);
    this.byKind.set(kind, fields);
  }
}

/** @param images the images that `residue` belongs to, as they are in their own release */
export function neutralityReport(images: Iterable<Image>, residue: Residue | undefined): NeutralityReport {
  const present = new Tally();
  const carriedWhole: string[] = [];
  for (const image of images) {
    if (image.form === 'raw') continue;
    for (const { type, message } of image.records) {
      eachLeaf(message, type ?? '', field => present.add(image.kind, field));
    }
  }
  const carried = new Tally();
  for (const { image, path, value } of residue?.fields ?? []) {
    if (value === undefined) continue;
    const name = path.filter(part => typeof part === 'string').join('.');
    eachCarriedLeaf(value, name, field => carried.add(image, field));
  }
  for (const { image, file, records, content } of residue?.images ?? []) {
    if (content !== undefined) carriedWhole.push(file);
    for (const { type, message } of records ?? []) {
      eachCarriedLeaf({ message }, type ?? '', field => carried.add(image, field));
    }
  }
  const kinds = [...present.byKind]
    .map(([kind, fields]) => kindReport(kind, fields, carried.byKind.get(kind)))
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
  const sum = (of: (kind: KindReport) => number): number =>
    kinds.reduce((total, kind) => total + of(kind), 0);
  const fields = sum(kind => kind.fields);
  const occurrences = sum(kind => kind.occurrences);
  return {
    fields,
    modelled: fields - sum(kind => kind.residue.length),
    occurrences,
    modelledOccurrences:
      occurrences - sum(kind => kind.residue.reduce((total, one) => total + one.occurrences, 0)),
    kinds,
    carriedWhole,
  };
}

function kindReport(
  kind: string,
  fields: ReadonlyMap<string, number>,
  carried: ReadonlyMap<string, number> = new Map(),
): KindReport {
  const residue = [...carried]
    .map(([field, occurrences]) => ({ field, occurrences }))
    .sort((a, b) => (a.field < b.field ? -1 : 1));
  const occurrences = [...fields.values()].reduce((total, one) => total + one, 0);
  return { kind, fields: fields.size, occurrences, residue };
}

/** Calls back for every field that holds no message, by the names down to it; a list counts as one field. */
function eachLeaf(value: WireMessage, path: string, found: (field: string) => void): void {
  for (const key in value) {
    const inner = value[key];
    if (inner === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    const messages = messagesIn(inner);
    if (messages === undefined) found(at);
    else for (const message of messages) eachLeaf(message, at, found);
  }
}

function messagesIn(value: WireValue): readonly WireMessage[] | undefined {
  if (typeof value !== 'object' || value instanceof Uint8Array) return undefined;
  if (!Array.isArray(value)) return [value as WireMessage];
  const list = value as readonly WireValue[];
  const whole = list.filter(one => typeof one === 'object' && !(one instanceof Uint8Array));
  return list.length > 0 && whole.length === list.length ? (whole as readonly WireMessage[]) : undefined;
}

function eachCarriedLeaf(value: CarriedValue, path: string, found: (field: string) => void): void {
  const list = Array.isArray(value) ? value : [value];
  let leaf = list.length === 0;
  for (const one of list) {
    if (typeof one !== 'object' || Array.isArray(one) || !('message' in one)) leaf = true;
    else {
      for (const [key, inner] of Object.entries(one.message)) {
        eachCarriedLeaf(inner, path === '' ? key : `${path}.${key}`, found);
      }
    }
  }
  if (leaf) found(path);
}
