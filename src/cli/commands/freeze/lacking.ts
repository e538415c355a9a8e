import type { WayOut } from '../../../host/kexec.js';
import type { StoreFacts } from '../../../host/store-facts.js';
import type { Environment } from '../../frame/globals.js';
import type { Lacking } from '../../render/freeze-text.js';

interface Asked {
  readonly env: Environment;
  /** Whether TCP connections are to be kept. */
  readonly guarded: boolean;
  readonly place: StoreFacts;
  readonly way: WayOut;
}

/** What is not here that a kernel switch, and the processes after it, need. */
export async function lackingFor({ env, guarded, place, way }: Asked): Promise<readonly Lacking[]> {
  // Where the bundle does not outlive the kernel, the rest is of no use.
  if (place.volatile !== undefined) return ['disk'];
  const [{ hasNft, installedGuard }, { earlyNetwork }] = await Promise.all([
    import('../../../host/guard-unit.js'),
    import('../../../host/early-network.js'),
  ]);
  const lacks: readonly (readonly [Lacking, boolean])[] = [
    ['nft', guarded && !hasNft(env.PATH)],
    [guarded ? 'guard' : 'numbers', installedGuard(place.path) !== 'this'],
    ['early', guarded && (await earlyNetwork()) !== undefined],
    ['kernel', way === 'load'],
    ['signed-kernel', way === 'load-signed'],
  ];
  return lacks.flatMap(([what, lacking]) => (lacking ? [what] : []));
}
