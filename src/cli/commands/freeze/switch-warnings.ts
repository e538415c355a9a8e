import { type KexecState, lockedDown, wayOut } from '../../../host/kexec.js';
import type { FreezeOptions } from './options.js';

/**
 * What is to be said before anything stands still, of a kernel that has kexec and was told not to start any other: whoever
 * counts on the short pause of kexec still has the choice. Pure.
 */
export function switchWarnings(
  state: KexecState,
  { leaveRunning }: Pick<FreezeOptions, 'leaveRunning'>,
): readonly string[] {
  if (leaveRunning) return [];
  const way = wayOut(state);
  if (way === 'disabled')
    return [
      'kexec is switched off (kernel.kexec_load_disabled is 1) until the next boot: the switch is an ordinary reboot, and the pause is as long as that takes',
    ];
  if (way === 'load-signed')
    return [
      `this kernel is locked down (${lockedDown(state)}) and loads only a kernel with a valid signature: see that yours can be loaded before you freeze (kexec --kexec-file-syscall -l …), or switch by a reboot`,
    ];
  return [];
}
