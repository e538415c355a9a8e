import { fail } from '../../errors.js';

/** Throws `not-root` unless run by root. */
export function requireRoot(): void {
  const uid = process.geteuid?.() ?? -1;
  if (uid !== 0) throw fail('not-root', { uid });
}
