import { fail } from '../../../errors.js';
import type { InstalledKernel } from '../../../host/kernels.js';
import { type KexecStart, startKexec } from '../../../host/systemd/start-kexec.js';
import type { Io } from '../../frame/io.js';
import { type Frozen, undo } from './undo.js';

/**
 * Ends this kernel and starts the one that waits; where that does not begin, what was frozen for it is thawed again.
 * Throws `switch-not-started`, `switch-left-frozen`.
 */
export async function start(
  io: Io,
  { release }: InstalledKernel,
  frozen: Frozen,
  abort: AbortSignal,
): Promise<void> {
  const { state, problem } = abort.aborted ? interrupted(abort) : await startKexec();
  if (state === 'started') return;
  const { name } = frozen;
  // What is thawed while the machine goes down after all goes down with it.
  if (state === 'unknown') throw fail('switch-left-frozen', { release, name, problem });
  const stuck = await undo(io, frozen);
  if (stuck === undefined) throw fail('switch-not-started', { release, problem });
  throw fail('switch-left-frozen', { release, name, problem }, { also: [stuck] });
}

function interrupted({ reason }: AbortSignal): KexecStart {
  return { state: 'refused', problem: `${String(reason)} came first` };
}
