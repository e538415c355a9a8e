import type { HeldServices } from '../../../checkpoint/hold-back.js';
import type { FreezeResult } from '../../../checkpoint/request.js';
import type { WayOut } from '../../../host/kexec.js';
import type { StoreFacts } from '../../../host/store-facts.js';
import type { Io } from '../../frame/io.js';
import { describeTrees, freezeText, type Lacking } from '../../render/freeze-text.js';
import { withStore } from '../../render/with-store.js';
import type { Decision } from './targets.js';

/** What `--dry-run` says. */
export function sayPlan(
  io: Io,
  { name, store }: { readonly name: string; readonly store: string },
  { trees: planned, criu, warnings }: Decision,
): void {
  const trees = planned.map(({ root, processes }) => ({
    root: root.pid,
    command: root.name,
    processes: processes.length,
  }));
  if (io.globals.json) io.json({ kind: 'freeze-plan', name, store, criu, trees, warnings });
  else io.out(`would freeze ${describeTrees(trees)} into ${store}/${name} with CRIU ${criu.version}`);
}

/** What was frozen, and what a kernel switch still needs. */
export async function sayResult(
  io: Io,
  result: FreezeResult & HeldServices,
  options: { readonly leaveRunning?: boolean },
  place: StoreFacts,
): Promise<void> {
  const [{ readKexecState, wayOut }, { hasSystemd }] = await Promise.all([
    import('../../../host/kexec.js'),
    import('../../../host/systemd/scope.js'),
  ]);
  const way = wayOut(readKexecState());
  const lacking = options.leaveRunning ? [] : await lackingFor(io, result, place, way);
  const switchBy = switchCommand(way, hasSystemd());
  io.out(withStore(freezeText(result, options, lacking, switchBy), io.globals.elsewhere));
}

/** A reboot where this kernel starts no other. Pure. */
function switchCommand(way: WayOut, systemd: boolean): string {
  if (way === 'no-kexec' || way === 'disabled') return 'reboot';
  return systemd ? 'systemctl kexec' : 'kexec -e';
}

/** What is not here that a kernel switch, and the processes after it, need. */
async function lackingFor(
  { env }: Io,
  { guarded }: FreezeResult,
  { path, volatile }: StoreFacts,
  way: WayOut,
): Promise<readonly Lacking[]> {
  // Where the bundle does not outlive the kernel, the rest is of no use.
  if (volatile !== undefined) return ['disk'];
  const [{ hasNft, installedGuard }, { earlyNetwork }] = await Promise.all([
    import('../../../host/guard-unit.js'),
    import('../../../host/early-network.js'),
  ]);
  const lacks: readonly (readonly [Lacking, boolean])[] = [
    ['nft', guarded && !hasNft(env.PATH)],
    [guarded ? 'guard' : 'numbers', installedGuard(path) !== 'this'],
    ['early', guarded && (await earlyNetwork()) !== undefined],
    ['kernel', way === 'load'],
    ['signed-kernel', way === 'load-signed'],
  ];
  return lacks.flatMap(([what, lacking]) => (lacking ? [what] : []));
}
