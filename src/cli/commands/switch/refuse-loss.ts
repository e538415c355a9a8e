import { fail } from '../../../errors.js';
import { installedGuard } from '../../../host/guard-unit.js';
import { connectionsOf } from '../../../host/tree-connections.js';
import type { Io } from '../../frame/io.js';
import { neededBefore } from '../../render/freeze-text.js';
import { lackingFor } from '../freeze/lacking.js';
import type { BundlePlace } from '../freeze/run-freeze.js';
import type { Targets } from '../freeze/targets.js';

/**
 * What a freeze tells of afterwards, for people to do before they switch, has to be there when nobody is asked. Throws
 * `switch-would-lose`.
 * @param keeps whether connections are to be kept
 */
export async function refuseLoss(
  { env }: Io,
  { roots }: Targets,
  { place }: BundlePlace,
  keeps: boolean,
): Promise<void> {
  const guarded = keeps && roots.some(root => connectionsOf(root).length > 0);
  const lacking = await lackingFor({ env, guarded, place, way: 'loaded' });
  // The freeze installs a guard where there is none.
  const installs = installedGuard(place.path) === 'none';
  const [first, ...more] = lacking
    .filter(what => !(installs && (what === 'guard' || what === 'numbers')))
    .map(neededBefore);
  if (first !== undefined) throw fail('switch-would-lose', { first }, { also: more });
}
