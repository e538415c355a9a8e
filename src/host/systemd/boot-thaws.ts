import { hasSystemd } from './scope.js';
import { runSystemctl } from './systemctl.js';
import { bootUnit } from './unit-files.js';

/** What became of a thaw at this boot that did not, or not yet, bring a bundle back. */
export type BootThawState = 'failed' | 'running';

/** By the states of its unit (systemd, "ActiveState" in org.freedesktop.systemd1(5)). */
const STATES: Readonly<Record<string, BootThawState>> = { failed: 'failed', activating: 'running' };

/** By name of bundle, for those that systemd was told to thaw at boot, and tried to. Asks nobody where nothing waits. */
export async function bootThaws(waiting: readonly string[]): Promise<ReadonlyMap<string, BootThawState>> {
  if (waiting.length === 0 || !hasSystemd()) return new Map();
  const units = new Map(waiting.map(name => [bootUnit(name), name]));
  const shown = await runSystemctl('maybe', ['show', '-p', 'Id,ActiveState', '--', ...units.keys()]);
  return parseBootThaws(units, shown.stdout);
}

/** Pure: one paragraph for each unit. */
function parseBootThaws(
  units: ReadonlyMap<string, string>,
  text: string,
): ReadonlyMap<string, BootThawState> {
  return new Map(
    text.split('\n\n').flatMap(paragraph => {
      const name = units.get(/^Id=(.*)$/m.exec(paragraph)?.[1] ?? '');
      const state = STATES[/^ActiveState=(.*)$/m.exec(paragraph)?.[1] ?? ''];
      return name === undefined || state === undefined ? [] : [[name, state] as const];
    }),
  );
}
