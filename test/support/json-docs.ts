import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fields that docs/json.md has for each kind of document. */
export function documentedFields(): Map<string, readonly string[]> {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'json.md'), 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return new Map(
    sections.flatMap(section => {
      const kind = /^`([a-z-]+)`/.exec(section)?.[1];
      const rows = section.split('\n').filter(line => line.startsWith('| `'));
      const fields = rows.flatMap(row => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)]);
      return kind === undefined ? [] : [[kind, fields.map(([, field = '']) => field)] as const];
    }),
  );
}

/** Fields of a document that docs/json.md does not have for its kind. */
export function undocumentedIn(document: unknown): string[] {
  const { version: _, kind, ...rest } = document as { version: number; kind: string };
  const known = documentedFields().get(kind) ?? [];
  const covered = (path: string): boolean =>
    known.some(field =>
      field.endsWith('*') ? path.startsWith(field.slice(0, -1).replace(/\.$/, '')) : field === path,
    );
  return [...new Set(leaves(rest, ''))].filter(path => !covered(path));
}

/** Paths of all that is neither an object nor a list, nor an empty one. */
function leaves(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap(one => leaves(one, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, below]) =>
    leaves(below, path === '' ? name : `${path}.${name}`),
  );
}
