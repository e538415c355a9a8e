import type { Connection } from '../connection.js';
import { fail } from '../errors.js';
import type { Emit } from '../events.js';
import { removeGuards } from '../host/guard-keeper.js';
import { raiseAllGuards } from '../host/guard-unit.js';
import { guardRules, guardTable, loadRules } from '../host/nftables.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';

/** Makes the kernel silent about the bundle's connections; throws `thaw-guard` when it cannot. */
export async function raiseGuard(bundle: Bundle, connections: readonly Connection[]): Promise<void> {
  const { problem } = await loadRules(guardRules(guardTable(bundle.manifest.id), connections));
  if (problem) throw fail('thaw-guard', { name: bundle.name, problem });
}

/**
 * After a thaw that was undone, and is marked so: the guard that no flush reaches again, too. The plain one stands since before;
 * it is all that there is where this fails.
 */
export async function raiseGuardsAgain(store: string): Promise<void> {
  await raiseAllGuards(store).catch(() => {});
}

/** Lets packets in again, and warns where that fails. */
export async function letPacketsIn({
  bundle,
  emit,
}: {
  readonly bundle: Bundle;
  readonly emit: Emit;
}): Promise<void> {
  const table = guardTable(bundle.manifest.id);
  const problem = await removeGuards(table);
  if (problem === undefined) return;
  const message = `packets of its connections are still dropped (${problem}); to let them in: nft delete table inet ${table}`;
  emit({ type: 'warning', operation: 'thaw', message });
}
