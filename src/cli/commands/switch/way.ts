import { fail } from '../../../errors.js';
import { findProgram } from '../../../host/find-program.js';
import { type KexecState, lockedDown, wayOut } from '../../../host/kexec.js';

/** How kernels are loaded here. */
export interface Way {
  /** The path of kexec(8). */
  readonly program: string;
  /** Whether a kernel must have a valid signature. */
  readonly signed: boolean;
  /** Whether one waits already, which another takes the place of. */
  readonly waits: boolean;
}

const BY_REBOOT =
  'switch by a reboot, which any kernel can: ckpt freeze TARGET --thaw-at-boot, then type: reboot';

/** Throws `switch-no-kexec` where this machine loads no kernel of our choice. */
export function requireWay(state: KexecState, path: string | undefined): Way {
  const way = wayOut(state);
  if (way === 'no-kexec')
    throw noKexec('this kernel was built without it, or may not use it here', BY_REBOOT);
  if (state.disabled === '1')
    throw noKexec(
      'it is switched off until the next boot (kernel.kexec_load_disabled is 1)',
      way === 'loaded'
        ? 'a kernel that was loaded before waits all the same: ckpt freeze TARGET --thaw-at-boot, then type: systemctl kexec'
        : BY_REBOOT,
    );
  const found = findProgram('kexec', path);
  if (found === undefined) throw noKexec('its program is missing', 'type: apt install kexec-tools');
  return { program: found.file, signed: lockedDown(state) !== undefined, waits: way === 'loaded' };
}

function noKexec(problem: string, remedy: string) {
  return fail('switch-no-kexec', { problem, remedy });
}
