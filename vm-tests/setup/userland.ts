import { z } from 'zod';
import listed from '../userlands.json' with { type: 'json' };

const userlandFile = z.strictObject({
  suites: z.array(z.string()),
  packages: z.strictObject({ every: z.array(z.string()), criu: z.array(z.string()) }),
  withoutCriu: z.array(z.string()),
});

export const userlands = userlandFile.parse(listed);

/** `bare`: a tiny init of ours, up in seconds. `systemd`: the full thing, for units. */
export type GuestKind = 'bare' | 'systemd';

/** What a guest's disk is made of. Two equal recipes share one cached disk. */
export interface RootfsRecipe {
  /** A Debian suite, e.g. `trixie`. */
  readonly suite: string;
  readonly kind: GuestKind;
  /** Debian packages on top of those that userlands.json gives every guest. */
  readonly packages?: readonly string[];
}

/**
 * All packages of a recipe, sorted, each once. Both kinds have the same, so that a suite is built once for both; the
 * bare guest just does not start what the systemd guest does.
 *
 * @throws when userlands.json does not know the suite
 */
export function packagesOf({
  suite,
  packages = [],
}: Pick<RootfsRecipe, 'suite' | 'packages'>): readonly string[] {
  if (!userlands.suites.includes(suite)) {
    throw new Error(`userlands.json names no ${suite}; it has ${userlands.suites.join(', ')}`);
  }
  const criu = userlands.withoutCriu.includes(suite) ? [] : userlands.packages.criu;
  return [...new Set([...userlands.packages.every, ...criu, ...packages])].sort();
}
