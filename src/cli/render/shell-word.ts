import { shellQuoted } from '../../host/shell.js';

/** A text as one word of a POSIX shell, as a person would write it: in quotes only where it needs them. Pure. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : shellQuoted(text);
}
