import assert from 'node:assert/strict';
import type { Machine } from '../driver/index.js';

/**
 * Waits until systemd has started all that it starts; fails when a unit of it did.
 * @param limit seconds
 * @param logOf a unit whose log says why
 */
export async function settle(
  machine: Machine,
  { limit = 180, logOf }: { readonly limit?: number; readonly logOf?: string } = {},
): Promise<void> {
  const state = await machine.waitFor(
    async () => /running|degraded/.exec((await machine.sh('systemctl is-system-running')).stdout)?.[0],
    { limit, what: 'systemd to settle', every: 0.5 },
  );
  const failed = await machine.ok('systemctl list-units --failed --plain --no-legend');
  const log =
    failed === '' || logOf === undefined ? '' : await machine.ok(`journalctl -b -o cat -u ${logOf}`);
  assert.equal(`${state} ${failed}`, 'running ', log);
}
