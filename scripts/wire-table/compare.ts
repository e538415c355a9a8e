/** Where the wire table and one release's descriptors disagree. Pure. */
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';
import { schemaOf } from '../../src/image-format/criu/schema.js';
import type { VersionSchema, WireTable } from '../../src/image-format/criu/wire-types.js';

/** A line for each message, field or enum that is missing, left over or different. */
export function compareTable(
  table: WireTable,
  version: CriuVersion,
  truth: VersionSchema,
): readonly string[] {
  const ours = schemaOf(table, version);
  return [
    ...compareParts(`${version} message`, flat(ours.messages), flat(truth.messages)),
    ...compareParts(`${version} enum`, flat(ours.enums), flat(truth.enums)),
  ];
}

type Parts = ReadonlyMap<string, string>;

function flat(groups: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Parts {
  const parts = new Map<string, string>();
  for (const [group, members] of Object.entries(groups)) {
    parts.set(group, 'known');
    for (const [member, facts] of Object.entries(members)) parts.set(`${group}.${member}`, canonical(facts));
  }
  return parts;
}

function canonical(facts: unknown): string {
  if (typeof facts !== 'object' || facts === null) return String(facts);
  return JSON.stringify(Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function compareParts(what: string, ours: Parts, truth: Parts): readonly string[] {
  const lines: string[] = [];
  for (const [name, facts] of truth) {
    const own = ours.get(name);
    if (own === undefined) lines.push(`${what} ${name} is missing from the table: ${facts}`);
    else if (own !== facts) lines.push(`${what} ${name} differs: the table has ${own}, the release ${facts}`);
  }
  for (const name of ours.keys()) {
    if (!truth.has(name)) lines.push(`${what} ${name} is in the table, not in the release`);
  }
  return lines;
}
