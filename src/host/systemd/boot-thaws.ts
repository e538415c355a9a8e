import { hasSystemd } from './scope.js';
import { runSystemctl } from './systemctl.js';
import { bootUnit } from './unit-files.js';

/** What became of a thaw at this boot that did not, or not yet, bring a bundle back. */
export type BootThawState = 'failed' | 'running' | 'untried';

/** A bundle that waits to be thawed. */
export interface Waiting {
  readonly name: string;
  /** Whether it was frozen in this very boot, which has no reason to thaw it. */
  readonly ofThisBoot: boolean;
}

/** By the states of its unit (systemd, "ActiveState" in org.freedesktop.systemd1(5)). */
const STATES: Readonly<Record<string, BootThawState>> = { failed: 'failed', activating: 'running' };

/** By name of bundle, for those that systemd was told to thaw at boot. Asks nobody where nothing waits. */
export async function bootThaws(waiting: readonly Waiting[]): Promise<ReadonlyMap<string, BootThawState>> {
  if (waiting.length === 0 || !hasSystemd()) return new Map();
  const units = new Map(waiting.map(one => [bootUnit(one.name), one]));
  const shown = await runSystemctl('maybe', [
    'show',
    '-p',
    'Id,LoadState,ActiveState',
    '--',
    ...units.keys(),
  ]);
  return parseBootThaws(units, shown.stdout);
}

/**
 * Pure: one paragraph for each unit. A boot that went no further than to a shell (rescue, emergency) has not come to it, nor one
 * that still waits for the network.
 */
function parseBootThaws(
  units: ReadonlyMap<string, Waiting>,
  text: string,
): ReadonlyMap<string, BootThawState> {
  return new Map(
    text.split('\n\n').flatMap(paragraph => {
      const bundle = units.get(/^Id=(.*)$/m.exec(paragraph)?.[1] ?? '');
      const isOurs = /^LoadState=loaded$/m.test(paragraph);
      if (bundle === undefined || !isOurs) return [];
      const active = /^ActiveState=(.*)$/m.exec(paragraph)?.[1] ?? '';
      const untried = active === 'inactive' && !bundle.ofThisBoot;
      const state = untried ? 'untried' : STATES[active];
      return state === undefined ? [] : [[bundle.name, state] as const];
    }),
  );
}
