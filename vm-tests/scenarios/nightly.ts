/** Scenarios that take longer than a change should wait for. */
import { type VmSupport, vmSupport } from '../driver/available.js';

/** Whether this machine can run them and is asked to, and if not, why. */
export async function nightlySupport(): Promise<VmSupport> {
  if (process.env.CKPT_NIGHTLY !== '1') return { ok: false, reason: 'only with CKPT_NIGHTLY=1' };
  return vmSupport();
}
