/** Which of the known CRIU releases a version counts as, and what the images themselves say about it. Pure. */
import type { CriuVersion } from '../image-format/criu/image-set.js';

/**
 * The first version of each form. Between the known releases fields came one by one (3.18, 3.19 and 4.1), and no wire table
 * says so: docs/limits.md names what that means for CRIU 3.18, 3.19 and 4.0.
 */
const FORMS: readonly (readonly [since: readonly number[], release: CriuVersion])[] = [
  [[0], '3.17.1'],
  [[4, 0], '4.1.1'],
  [[4, 2], '4.2.1'],
  [[4, 3], '4.3'],
];

/**
 * The known release that writes what `version` writes.
 * @param version dotted numbers, such as "4.1.1"; text around them is ignored
 */
export function releaseOf(version: string): CriuVersion {
  return FORMS.findLast(([since]) => compare(since, numbersOf(version)) <= 0)?.[1] ?? '3.17.1';
}

/** Whether a version comes before another, by their numbers. */
export function isOlder(version: string, than: string): boolean {
  return compare(numbersOf(version), numbersOf(than)) < 0;
}

function numbersOf(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
