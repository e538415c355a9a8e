import assert from 'node:assert/strict';
import type { Machine } from '../driver/index.js';

/** Waits until systemd has started all that it starts; fails when a unit of it did. */
export async function settle(machine: Machine): Promise<void> {
  const state = await machine.waitFor(
    async () => /running|degraded/.exec((await machine.sh('systemctl is-system-running')).stdout)?.[0],
    { limit: 180, what: 'systemd to settle', every: 0.5 },
  );
  const failed = await machine.ok('systemctl list-units --failed --plain --no-legend');
  assert.equal(`${state} ${failed}`, 'running ');
}
