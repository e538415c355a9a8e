import { CkptError, fail } from '../../errors.js';

/**
 * Writes images that a document describes. What no image can hold is then a fault of the document, which may come from
 * a stranger, and not of ckpt: throws `document-contradictory` for it.
 */
export function blamingDocument<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof CkptError) || error.code !== 'image-unwritable') throw error;
    const { where = '', detail = '' } = error.facts;
    throw fail('document-contradictory', { path: where, detail }, { cause: error });
  }
}
