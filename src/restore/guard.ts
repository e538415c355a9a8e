import { fail } from '../errors.js';
import { type Connection, guardRules, guardTable, loadRules, removeGuard } from '../host/nftables.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';

/** Makes the kernel silent about the bundle's connections; throws `thaw-guard` when it cannot. */
export async function raiseGuard(bundle: Bundle, connections: readonly Connection[]): Promise<void> {
  const { problem } = await loadRules(guardRules(guardTable(bundle.manifest.id), connections));
  if (problem) throw fail('thaw-guard', { name: bundle.name, problem });
}

export async function dropGuard(bundle: Bundle): Promise<void> {
  await removeGuard(guardTable(bundle.manifest.id));
}
