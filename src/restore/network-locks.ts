import { lockTables, removeGuard } from '../host/nftables.js';
import { systemIdentity } from '../host/system.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';

/** A frozen tree, as far as CRIU names rules by it. */
export interface Locked {
  readonly root: number;
  /** See `capture.runId` in docs/format.md. */
  readonly runId: string | undefined;
}

/**
 * Takes away the rules by which CRIU has this kernel drop the packets of frozen trees. They outlive a bundle that nobody thaws,
 * and a thaw by another release, whose connections would hear nothing ever again. Gives what went wrong.
 */
export async function removeLocks(
  { manifest }: Pick<Bundle, 'manifest'>,
  trees: readonly Locked[],
): Promise<string | undefined> {
  // A reboot has taken them away.
  if (manifest.origin.bootId !== systemIdentity().bootId) return undefined;
  return removeTables(trees.flatMap(({ runId, root }) => lockTables(runId, root)));
}

/** The same for dumps that are known by their names alone: no other dump ever has one of these, in whatever boot. */
export function removeNamedLocks(runIds: readonly string[]): Promise<string | undefined> {
  return removeTables(runIds.flatMap(runId => lockTables(runId, 0)));
}

async function removeTables(tables: readonly string[]): Promise<string | undefined> {
  const problems = await Promise.all(tables.map(removeGuard));
  return problems.find(problem => problem !== undefined);
}

/** Whether the CRIU of a thaw is the one that made the rules, which it takes away itself. */
export function removesLocksItself({ manifest }: Bundle, criu: { readonly version: string }): boolean {
  return manifest.origin.criu === criu.version;
}
