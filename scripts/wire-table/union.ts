/** One table of all releases, from one schema per release. Pure. */
import { CRIU_VERSIONS, type CriuVersion } from '../../src/image-format/criu/image-set.js';
import type {
  EnumRow,
  FieldFacts,
  FieldRow,
  MessageRow,
  VersionSchema,
  WireTable,
} from '../../src/image-format/criu/wire-types.js';

export type Schemas = Readonly<Record<CriuVersion, VersionSchema>>;

/** Fields that mean another thing in another release, which one row cannot say: none, in those that we know. */
export class TableConflict extends Error {}

/** The union of the releases: each field under its newest name, with what older releases say differently. */
export function unite(schemas: Schemas): WireTable {
  const messages: Record<string, MessageRow> = {};
  for (const name of names(schemas, 'messages')) messages[name] = messageRow(schemas, name);
  const enums: Record<string, EnumRow> = {};
  for (const name of names(schemas, 'enums')) enums[name] = enumRow(schemas, name);
  return { versions: CRIU_VERSIONS, messages, enums };
}

function names(schemas: Schemas, part: 'messages' | 'enums'): readonly string[] {
  return [...new Set(CRIU_VERSIONS.flatMap(version => Object.keys(schemas[version][part])))].sort();
}

function messageRow(schemas: Schemas, name: string): MessageRow {
  const knowing = CRIU_VERSIONS.filter(version => schemas[version].messages[name] !== undefined);
  const tags = new Set(knowing.flatMap(version => Object.keys(schemas[version].messages[name] ?? {})));
  const fields: Record<string, FieldRow> = {};
  for (const tag of [...tags].sort((a, b) => Number(a) - Number(b))) {
    const facts = knowing.flatMap(version => {
      const fact = schemas[version].messages[name]?.[tag];
      return fact === undefined ? [] : [[version, fact] as const];
    });
    fields[tag] = fieldRow(facts, knowing);
  }
  return { ...limited(knowing, CRIU_VERSIONS), fields };
}

function fieldRow(
  facts: readonly (readonly [CriuVersion, FieldFacts])[],
  knowing: readonly CriuVersion[],
): FieldRow {
  const newest = facts[facts.length - 1]?.[1];
  if (newest === undefined) throw new TableConflict('a field that no release has');
  const was: Partial<Record<CriuVersion, Partial<FieldFacts>>> = {};
  for (const [version, fact] of facts) {
    const other = differences(fact, newest);
    if (Object.keys(other).length > 0) was[version] = other;
  }
  const versions = facts.map(([version]) => version);
  return { ...newest, ...limited(versions, knowing), ...(Object.keys(was).length > 0 ? { was } : {}) };
}

/** What `fact` says otherwise than `newest`; null where it says nothing. */
function differences(fact: FieldFacts, newest: FieldFacts): Partial<FieldFacts> {
  const keys = [...new Set([...Object.keys(fact), ...Object.keys(newest)])] as (keyof FieldFacts)[];
  return Object.fromEntries(
    keys.filter(key => fact[key] !== newest[key]).map(key => [key, fact[key] ?? null]),
  );
}

function enumRow(schemas: Schemas, name: string): EnumRow {
  const knowing = CRIU_VERSIONS.filter(version => schemas[version].enums[name] !== undefined);
  const values = schemas[knowing[knowing.length - 1] ?? '4.3'].enums[name] ?? {};
  const was: Partial<Record<CriuVersion, Readonly<Record<string, number>>>> = {};
  for (const version of knowing) {
    const own = schemas[version].enums[name] ?? {};
    if (JSON.stringify(own) !== JSON.stringify(values)) was[version] = own;
  }
  return { ...limited(knowing, CRIU_VERSIONS), values, ...(Object.keys(was).length > 0 ? { was } : {}) };
}

function limited(
  versions: readonly CriuVersion[],
  all: readonly CriuVersion[],
): { in?: readonly CriuVersion[] } {
  return versions.length === all.length ? {} : { in: versions };
}

/** The table as text: a line per field, so that a change of one field is a change of one line. */
export function render(table: WireTable): string {
  const json = JSON.stringify;
  const messages = Object.entries(table.messages).map(([name, row]) => {
    const fields = Object.entries(row.fields).map(([tag, field]) => `        ${json(tag)}: ${json(field)}`);
    const only = row.in === undefined ? '' : `\n      "in": ${json(row.in)},`;
    return `    ${json(name)}: {${only}\n      "fields": {\n${fields.join(',\n')}\n      }\n    }`;
  });
  const enums = Object.entries(table.enums).map(([name, row]) => `    ${json(name)}: ${json(row)}`);
  return `{\n  "versions": ${json(table.versions)},\n  "messages": {\n${messages.join(',\n')}\n  },\n  "enums": {\n${enums.join(',\n')}\n  }\n}\n`;
}
