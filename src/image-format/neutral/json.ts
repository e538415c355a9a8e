/** The document from text. */
import { fail } from '../../errors.js';
import { admitSections } from './admit-sections.js';
import { type Document, document } from './document.js';
import { FORMAT } from './format.js';
import { migrateUp } from './migrations/index.js';
import { isObject } from './migrations/migration.js';

/**
 * Reads and checks a document of any version of the format, and brings it to the current one.
 * @param where what a failure calls the text
 * @throws document-invalid, with the path of the first thing that is wrong; document-format-unknown
 */
export function documentFromJson(text: string, where = 'document.json'): Document {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('document-invalid', { where, path: '/', detail: 'it is not JSON' }, { cause });
  }
  if (isObject(value) && typeof value.format === 'number' && value.format > FORMAT) {
    throw fail('document-format-unknown', { where, format: value.format, known: `1 to ${FORMAT}` });
  }
  return checkDocument(isObject(value) ? migrateUp(value, FORMAT) : value, where);
}

/** Checks a value against the whole schema. Sections that are not known here, and not critical, stay in it as they are. */
export function checkDocument(value: unknown, where = 'document.json'): Document {
  const result = parse(admitSections(value, where), where);
  // the schemas change nothing, so the value itself is as good as zod's copy of it, and in its own order
  if (result.success) return value as Document;
  const issue = result.error.issues[0];
  const path = `/${(issue?.path ?? []).map(String).join('/')}`;
  throw fail('document-invalid', { where, path, detail: issue?.message ?? 'unknown' });
}

function parse(value: unknown, where: string) {
  try {
    return document.safeParse(value);
  } catch (cause) {
    // nested deeper than the stack
    if (!(cause instanceof RangeError)) throw cause;
    throw fail('document-invalid', { where, path: '/', detail: 'it is nested too deep' }, { cause });
  }
}
