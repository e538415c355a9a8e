import type { HeldServices } from '../../../checkpoint/hold-back.js';
import type { FreezeResult } from '../../../checkpoint/request.js';
import type { WayOut } from '../../../host/kexec.js';
import type { StoreFacts } from '../../../host/store-facts.js';
import type { Io } from '../../frame/io.js';
import { describeTrees, freezeText } from '../../render/freeze-text.js';
import { withStore } from '../../render/with-store.js';
import { lackingFor } from './lacking.js';
import type { Decision } from './targets.js';

/**
 * What `--dry-run` says.
 * @param to the kernel to switch to, where that is part of the command
 */
export function sayPlan(
  io: Io,
  { name, store }: { readonly name: string; readonly store: string },
  { trees: planned, criu, warnings }: Decision,
  to?: string,
): void {
  const trees = planned.map(({ root, processes }) => ({
    root: root.pid,
    command: root.name,
    processes: processes.length,
  }));
  const plan = { name, store, criu, trees, warnings };
  if (io.globals.json)
    io.json(
      to === undefined ? { kind: 'freeze-plan', ...plan } : { kind: 'switch-plan', kernel: to, ...plan },
    );
  else {
    const then = to === undefined ? '' : `, and switch to ${to}, whose boot thaws it`;
    io.out(`would freeze ${describeTrees(trees)} into ${store}/${name} with CRIU ${criu.version}${then}`);
  }
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
  const { guarded } = result;
  const lacking = options.leaveRunning ? [] : await lackingFor({ env: io.env, guarded, place, way });
  const by = switchCommand(way, hasSystemd());
  io.out(withStore(freezeText(result, options, lacking, { by }), io.globals.elsewhere));
}

/** A reboot where this kernel starts no other. Pure. */
function switchCommand(way: WayOut, systemd: boolean): string {
  if (way === 'no-kexec' || way === 'disabled') return 'reboot';
  return systemd ? 'systemctl kexec' : 'kexec -e';
}
