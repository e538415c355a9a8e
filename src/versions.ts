/** Dotted versions, of CRIU and of kernels: read, compared, and whether one lies in a range. Pure. */

/** From `least` on, up to but without `below`. Dotted versions. */
export interface VersionRange {
  readonly least?: string;
  readonly below?: string;
}

/** The version in front of what a program or a kernel says: `6.12.38-cloud-amd64` → `6.12.38`; undefined where there is none. */
export function versionOf(release: string): string | undefined {
  return /^v?(\d+(?:\.\d+)*)/.exec(release)?.[1];
}

/** The numbers of a version, the first being the major one; text around them is ignored, and none at all is `[0]`. */
export function numbersOf(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}

/** Compares by number: negative where `a` is older. Missing parts count as 0. */
export function compareVersions(a: string, b: string): number {
  return compareNumbers(numbersOf(a), numbersOf(b));
}

/** Whether a version comes before another. */
export function isOlder(version: string, than: string): boolean {
  return compareVersions(version, than) < 0;
}

/** As `compareVersions`, for versions that were read already. */
export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version lies in a range. */
export function liesIn(version: string, { least, below }: VersionRange): boolean {
  if (least !== undefined && compareVersions(version, least) < 0) return false;
  return below === undefined || compareVersions(version, below) < 0;
}
