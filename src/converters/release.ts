/** Which of the known CRIU releases a version counts as, and what the images themselves say about it. Pure. */

import { CRIU_VERSIONS, type CriuVersion } from '../image-format/criu/image-set.js';
import { compareVersions } from '../versions.js';

/** The first version of each form. What 4.1 and 4.2 write is what 4.1.1 and 4.2.1 do (images/*.proto of both). */
const FORMS: readonly (readonly [since: string, release: CriuVersion])[] = [
  ['0', '3.17.1'],
  ['3.18', '3.18'],
  ['3.19', '3.19'],
  ['4.0', '4.0'],
  ['4.1', '4.1.1'],
  ['4.2', '4.2.1'],
  ['4.3', '4.3'],
];

/** The oldest and the newest release whose images we write. */
export const OLDEST = CRIU_VERSIONS[0];
export const NEWEST: CriuVersion = CRIU_VERSIONS.at(-1) ?? OLDEST;

/**
 * The known release that writes what `version` writes.
 * @param version dotted numbers, such as "4.1.1"; text around them is ignored
 */
export function releaseOf(version: string): CriuVersion {
  return FORMS.findLast(([since]) => compareVersions(since, version) <= 0)?.[1] ?? '3.17.1';
}
