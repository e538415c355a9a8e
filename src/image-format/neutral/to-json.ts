/** The document as text. Apart from reading it, so that a freeze need not load the schemas. */
import type { Document } from './document.js';
import type { AnyDocument } from './migrations/migration.js';

/** The document as JSON, one line. What the types promise is not checked again here; `documentFromJson` checks all. */
export function documentToJson(value: Document | AnyDocument): string {
  return `${JSON.stringify(value)}\n`;
}
