import { liesIn, type VersionRange } from '../../versions.js';

/** Whether a version lies in a range: `maybe` where the version is not known and the range excludes anything. */
export function within(version: string | undefined, range: VersionRange | undefined): 'yes' | 'no' | 'maybe' {
  if (range === undefined) return 'yes';
  if (version === undefined) return 'maybe';
  return liesIn(version, range) ? 'yes' : 'no';
}
