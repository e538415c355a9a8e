import assert from 'node:assert/strict';
import type { Machine } from '../driver/index.js';

/**
 * Waits until systemd has started all that it starts; fails when a unit of it did, or one that was to fail did not.
 * @param limit seconds
 * @param failing the unit that is to fail
 * @param logOf a unit whose log says why
 */
export async function settle(
  machine: Machine,
  {
    limit = 600,
    failing = '',
    logOf,
  }: { readonly limit?: number; readonly failing?: string; readonly logOf?: string } = {},
): Promise<void> {
  const state = await machine.waitFor(
    async () => /running|degraded/.exec((await machine.sh('systemctl is-system-running')).stdout)?.[0],
    { limit, what: 'systemd to settle', every: 0.5 },
  );
  const units = await machine.ok('systemctl list-units --failed --plain --no-legend');
  const failed = units.replaceAll(/ .*$/gm, '');
  const log =
    failed === failing || logOf === undefined ? '' : await machine.ok(`journalctl -b -o cat -u ${logOf}`);
  assert.equal(`${state} ${failed}`, failing === '' ? 'running ' : `degraded ${failing}`, `${units} ${log}`);
}
