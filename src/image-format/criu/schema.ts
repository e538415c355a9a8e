/** Views of the union table: one release's schema, or all releases at once. Pure. */
import { CRIU_VERSIONS, type CriuVersion } from './image-set.js';
import type { FieldFacts, FieldRow, VersionSchema, WireTable } from './wire-types.js';

/** A field as the codec sees it: the newest name, and the facts that hold in the view. */
export interface SchemaField extends FieldFacts {
  readonly tag: number;
}

/** The fields of each message, in tag order. */
export type Schema = ReadonlyMap<string, readonly SchemaField[]>;

function knows(row: { readonly in?: readonly CriuVersion[] }, version: CriuVersion): boolean {
  return row.in === undefined || row.in.includes(version);
}

/** What `version` says about a field, or undefined where it does not know the field. */
function factsIn(row: FieldRow, version: CriuVersion): FieldFacts | undefined {
  if (!knows(row, version)) return undefined;
  const { in: _in, was, ...newest } = row;
  const merged: Record<string, unknown> = { ...newest, ...was?.[version] };
  for (const key of Object.keys(merged)) if (merged[key] === null) delete merged[key];
  return merged as unknown as FieldFacts;
}

/** One release's schema, with that release's own names, as its descriptors had it. */
export function schemaOf(table: WireTable, version: CriuVersion): VersionSchema {
  const messages: Record<string, Record<string, FieldFacts>> = {};
  for (const [name, message] of Object.entries(table.messages)) {
    if (!knows(message, version)) continue;
    const fields: Record<string, FieldFacts> = {};
    for (const [tag, row] of Object.entries(message.fields)) {
      const facts = factsIn(row, version);
      if (facts !== undefined) fields[tag] = facts;
    }
    messages[name] = fields;
  }
  const enums: Record<string, Readonly<Record<string, number>>> = {};
  for (const [name, row] of Object.entries(table.enums)) {
    if (knows(row, version)) enums[name] = row.was?.[version] ?? row.values;
  }
  return { messages, enums };
}

/** One release as the codec sees it: its fields and labels under the newest names. */
export function releaseSchema(table: WireTable, version: CriuVersion): Schema {
  return view(
    table,
    row => {
      const facts = factsIn(row, version);
      return facts === undefined ? undefined : { ...facts, name: row.name };
    },
    version,
  );
}

/** All releases at once: every field of every release; required only where every release requires it. */
export function unionSchema(table: WireTable): Schema {
  return view(table, row => {
    const { in: only, was: _was, ...facts } = row;
    const always =
      only === undefined && CRIU_VERSIONS.every(v => (factsIn(row, v) ?? facts).label === 'required');
    return facts.label === 'required' && !always ? { ...facts, label: 'optional' } : facts;
  });
}

function view(
  table: WireTable,
  pick: (row: FieldRow) => FieldFacts | undefined,
  version?: CriuVersion,
): Schema {
  const schema = new Map<string, readonly SchemaField[]>();
  for (const [name, message] of Object.entries(table.messages)) {
    if (version !== undefined && !knows(message, version)) continue;
    const fields: SchemaField[] = [];
    for (const [tag, row] of Object.entries(message.fields)) {
      const facts = pick(row);
      if (facts !== undefined) fields.push({ ...facts, tag: Number(tag) });
    }
    schema.set(
      name,
      fields.sort((a, b) => a.tag - b.tag),
    );
  }
  return schema;
}
