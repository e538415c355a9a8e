import { join } from 'node:path';
import { fail } from '../../errors.js';
import type { Bundle } from './open-bundle.js';

/**
 * Finds members of a bundle by what a document calls them. A document is hostile until proved otherwise: only what the
 * manifest lists, and the verification has seen, is found. Throws `bundle-member-missing`.
 */
export function memberPaths(bundle: Bundle): (member: string) => string {
  const listed = new Set(bundle.manifest.members.map(({ path }) => path));
  return member => {
    if (!listed.has(member)) throw fail('bundle-member-missing', { bundle: bundle.name, member });
    return join(bundle.path, member);
  };
}
