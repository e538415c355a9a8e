import { compareVersions } from './find.js';

/** A range of versions: from `least` on, up to but without `below`. */
export interface Range {
  readonly least?: string;
  readonly below?: string;
}

/** Pure: whether a dotted version lies in a range. */
export function within(version: string, range: Range): boolean {
  return (
    (range.least === undefined || compareVersions(version, range.least) >= 0) &&
    (range.below === undefined || compareVersions(version, range.below) < 0)
  );
}
