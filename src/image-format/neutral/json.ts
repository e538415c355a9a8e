/** The document from text. */
import { fail } from '../../errors.js';
import { type Document, document } from './document.js';

/**
 * Reads and checks a document.
 * @param where what a failure calls the text
 * @throws document-invalid, with the path of the first thing that is wrong
 */
export function documentFromJson(text: string, where = 'document.json'): Document {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('document-invalid', { where, path: '/', detail: 'it is not JSON' }, { cause });
  }
  return checkDocument(value, where);
}

/** Checks a value against the whole schema. */
export function checkDocument(value: unknown, where = 'document.json'): Document {
  const result = document.safeParse(value);
  // the schemas change nothing, so the value itself is as good as zod's copy of it, and in its own order
  if (result.success) return value as Document;
  const issue = result.error.issues[0];
  const path = `/${(issue?.path ?? []).map(String).join('/')}`;
  throw fail('document-invalid', { where, path, detail: issue?.message ?? 'unknown' });
}
