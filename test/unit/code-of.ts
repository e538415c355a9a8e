import { CkptError } from '../../src/errors.js';

/** The code of the failure that something ends with; others than ours are thrown on. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CkptError) return error.code;
    throw error;
  }
  return 'no error';
}
