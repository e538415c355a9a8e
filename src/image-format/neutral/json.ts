/** The document from text. */
import { fail } from '../../errors.js';
import { admitSections } from './admit-sections.js';
import { checkParts } from './check-document.js';
import type { Document } from './document.js';
import { FORMAT } from './format.js';
import type { ReadBytes } from './json-window.js';
import { migrateUp } from './migrations/index.js';
import { isObject } from './migrations/migration.js';
import { readDocument } from './read-document.js';

/**
 * Reads and checks a document of any version of the format, and brings it to the current one.
 * @param where what a failure calls the text
 * @throws document-invalid, with the path of the first thing that is wrong; document-format-unknown; document-excessive
 */
export function documentFrom(read: ReadBytes, where = 'document.json'): Document {
  const value = readDocument(read, where);
  if (isObject(value) && typeof value.format === 'number' && value.format > FORMAT) {
    throw fail('document-format-unknown', { where, format: value.format, known: `1 to ${FORMAT}` });
  }
  return checkDocument(isObject(value) ? migrateUp(value, FORMAT) : value, where);
}

/** The same from a text that is in memory. */
export function documentFromJson(text: string, where?: string): Document {
  const bytes = Buffer.from(text);
  let at = 0;
  return documentFrom(into => {
    const length = bytes.copy(into, 0, at);
    at += length;
    return length;
  }, where);
}

/** Checks a value against the whole schema. Sections that are not known here, and not critical, stay in it as they are. */
export function checkDocument(value: unknown, where = 'document.json'): Document {
  checkParts(admitSections(value, where), where);
  // the schemas change nothing, so the value itself is as good as zod's copy of it, and in its own order
  return value as Document;
}
