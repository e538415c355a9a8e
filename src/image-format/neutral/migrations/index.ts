/** All changes of the format, in order. They lie with the format, so that reading a document needs nothing else. */
import { nameTheRest } from './0001-name-the-rest.js';
import type { AnyDocument, Migration } from './migration.js';

export type { AnyDocument, Migration } from './migration.js';

export const migrations: readonly Migration[] = [nameTheRest];

/** The document in version `to`, from whichever version it has; unchanged where it already has it. */
export function migrateUp(document: AnyDocument, to: number): AnyDocument {
  return migrations.reduce(
    (form, step) => (form.format === step.from && step.to <= to ? step.up(form) : form),
    document,
  );
}
