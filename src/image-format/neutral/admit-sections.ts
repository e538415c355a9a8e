/** Decides from a document's list of sections whether this version can read it. */
import { fail } from '../../errors.js';
import { checkValue } from '../check-value.js';
import { isObject } from './migrations/migration.js';
import { sectionRow } from './section-row.js';
import { HEAD, SECTIONS, type SectionRow } from './sections.js';

/**
 * The document as this version's schema has to find it: without the sections that it does not know and may do without.
 * The very same value where there are none. A list of sections that is no list of sections is left to the schema.
 * @throws section-unknown for a critical section, or for a newer version of one, that this version cannot read
 */
export function admitSections(document: unknown, where: string): unknown {
  if (!isObject(document) || !Array.isArray(document.sections)) return document;
  const foreign = new Set<string>();
  for (const value of document.sections) {
    const { success, data } = checkValue(sectionRow, value);
    if (!success) return document;
    if (isForeign(data, where)) foreign.add(data.name);
  }
  if (foreign.size === 0 || !Array.isArray(document.trees)) return document;
  const trees = document.trees.map(tree => (isObject(tree) ? withoutFields(tree, foreign) : tree));
  return { ...document, trees };
}

function isForeign({ name, version, oldestReader, critical }: SectionRow, where: string): boolean {
  const known = Object.hasOwn(SECTIONS, name) ? SECTIONS[name as keyof typeof SECTIONS] : undefined;
  if (known !== undefined) {
    if (oldestReader <= known.version) return false;
    throw fail('section-unknown', {
      where,
      section: name,
      detail: `it has version ${version}, and this ckpt knows version ${known.version}`,
    });
  }
  // what every tree has is no section, whatever a list of sections says
  if ((HEAD as readonly string[]).includes(name)) return false;
  if (!critical) return true;
  throw fail('section-unknown', {
    where,
    section: name,
    detail: 'it is critical, and this ckpt has no such section',
  });
}

function withoutFields(object: Readonly<Record<string, unknown>>, fields: ReadonlySet<string>): unknown {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !fields.has(name)));
}
