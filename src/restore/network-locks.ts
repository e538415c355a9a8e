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
export async function removeLocks(bundle: Bundle, trees: readonly Locked[]): Promise<string | undefined> {
  // A reboot has taken them away.
  if (bundle.manifest.origin.bootId !== systemIdentity().bootId) return undefined;
  const tables = trees.flatMap(({ runId, root }) => lockTables(runId, root));
  const problems = await Promise.all(tables.map(removeGuard));
  return problems.find(problem => problem !== undefined);
}

/** Whether the CRIU of a thaw is the one that made the rules, which it takes away itself. */
export function removesLocksItself({ manifest }: Bundle, criu: { readonly version: string }): boolean {
  return manifest.origin.criu === criu.version;
}
