/** From `least` on, up to but without `below`. Dotted versions. */
export interface Range {
  readonly least?: string;
  readonly below?: string;
}

/** `6.12.38-cloud-amd64` → `6.12.38`; undefined when there is no version in front. */
export function versionOf(release: string): string | undefined {
  return /^v?(\d+(?:\.\d+)*)/.exec(release)?.[1];
}

/** Negative where `a` is older. Missing parts count as 0. */
export function compare(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version lies in a range: `maybe` when the version is not known and the range excludes anything. */
export function within(version: string | undefined, range: Range | undefined): 'yes' | 'no' | 'maybe' {
  if (range === undefined) return 'yes';
  if (version === undefined) return 'maybe';
  if (range.least !== undefined && compare(version, range.least) < 0) return 'no';
  if (range.below !== undefined && compare(version, range.below) >= 0) return 'no';
  return 'yes';
}
