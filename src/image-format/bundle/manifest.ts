import type { z } from 'zod';
import { GUARD } from './layout.js';
import type { manifestSchema } from './manifest-schema.js';

export type Manifest = z.infer<typeof manifestSchema>;
export type Member = Manifest['members'][number];
/** How one tree was frozen, where the bundle's options do not say it. */
export type TreePolicy = NonNullable<Manifest['trees'][number]['policy']>;
export type PolicyFile = NonNullable<TreePolicy['files']>[number];
export type PolicyFolder = NonNullable<TreePolicy['folders']>[number];
export type PolicyFifo = NonNullable<TreePolicy['fifos']>[number];
export type PolicyLockedFile = NonNullable<TreePolicy['lockedFiles']>[number];
export type PolicySocketName = NonNullable<TreePolicy['socketNames']>[number];

/** What images of plain CRIU do not say: none names the kernel, the machine or the boot that it comes from. */
export const UNKNOWN = 'unknown';

/** Whether it has connections for which a boot raises a guard. */
export function hasGuard({ members }: Pick<Manifest, 'members'>): boolean {
  return members.some(({ path }) => path === GUARD);
}

export function manifestToJson(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}
