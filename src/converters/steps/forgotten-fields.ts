/**
 * Fields that a release does not know have to be left out: protobuf-c would skip them, so what they say is lost. The
 * table says for each of them what that means. A test holds that every field of the wire table that some release lacks
 * has a row here or a step of its own.
 */

import {
  CRIU_VERSIONS,
  type CriuVersion,
  type Image,
  type ImageRecord,
  type WireMessage,
  type WireValue,
} from '../../image-format/criu/image-set.js';
import { kindNamed } from '../../image-format/criu/kinds.js';
import { schemaOf } from '../../image-format/criu/schema.js';
import { wireTable } from '../../image-format/criu/wire-table.js';
import { forgottenFields } from './forgotten-table.js';
import { type Lost, withMessage } from './step.js';

/** For each message: fields that the release lacks, and nested messages that have or lead to such fields. */
interface Plan {
  readonly forget: readonly string[];
  readonly visit: readonly (readonly [field: string, message: string])[];
}

const plans = new Map<CriuVersion, ReadonlyMap<string, Plan>>();

/** Leaves out what `release` does not know, and says what is lost by it. */
export function forgetFields(images: readonly Image[], release: CriuVersion, lost: Lost): Image[] {
  const plan = planFor(release);
  return images.map(image => {
    const kind = kindNamed(image.kind);
    if (image.form !== 'records' || kind?.form !== 'records') return image;
    const change = (record: ImageRecord) => {
      const type = record.type ?? kind.message;
      return withMessage(record, forget(type, record.message, plan, lost, image.file));
    };
    return { ...image, records: image.records.map(change) };
  });
}

function forget(
  type: string,
  message: WireMessage,
  plan: ReadonlyMap<string, Plan>,
  lost: Lost,
  at: string,
): WireMessage {
  const own = plan.get(type);
  if (own === undefined) return message;
  let out: Record<string, WireValue> | undefined;
  for (const field of own.forget) {
    const value = message[field];
    if (value === undefined) continue;
    const row = forgottenFields[`${type}.${field}`];
    const verdict = row?.(value) ?? ['degrading', `${field} of ${type} is not known there`];
    if (verdict !== 'nothing')
      lost({ field: `${type}.${field}`, at, severity: verdict[0], reason: verdict[1] });
    out ??= { ...message };
    delete out[field];
  }
  for (const [field, inner] of own.visit) {
    const value = message[field];
    if (value === undefined) continue;
    const changed = Array.isArray(value)
      ? (value as readonly WireMessage[]).map(item => forget(inner, item, plan, lost, at))
      : forget(inner, value as WireMessage, plan, lost, at);
    if (changed === value) continue;
    out ??= { ...message };
    out[field] = changed;
  }
  return out ?? message;
}

function planFor(release: CriuVersion): ReadonlyMap<string, Plan> {
  const before = plans.get(release);
  if (before !== undefined) return before;
  const known = schemaOf(wireTable, release);
  const plan = new Map<string, Plan>();
  const busy = new Set<string>();
  const make = (message: string): Plan | undefined => {
    if (busy.has(message) || plan.has(message)) return plan.get(message);
    busy.add(message);
    const fields = Object.entries(wireTable.messages[message]?.fields ?? {});
    const has = (tag: string) => known.messages[message]?.[tag] !== undefined;
    const own: Plan = {
      forget: fields.flatMap(([tag, field]) => (has(tag) ? [] : [field.name])),
      visit: fields.flatMap(([tag, field]) => {
        if (field.type !== 'message' || field.of === undefined || !has(tag)) return [];
        return make(field.of) === undefined && field.of !== message ? [] : [[field.name, field.of] as const];
      }),
    };
    if (own.forget.length > 0 || own.visit.some(([, inner]) => inner !== message)) plan.set(message, own);
    return plan.get(message);
  };
  for (const message of Object.keys(wireTable.messages)) make(message);
  plans.set(release, plan);
  return plan;
}

/** Fields that at least one known release lacks, as `message.field`: those that need a row. */
export function fieldsToDecide(): readonly string[] {
  const missing = new Set<string>();
  for (const release of CRIU_VERSIONS) {
    for (const [message, plan] of planFor(release)) {
      if (schemaOf(wireTable, release).messages[message] === undefined) continue;
      for (const field of plan.forget) missing.add(`${message}.${field}`);
    }
  }
  return [...missing].sort();
}
