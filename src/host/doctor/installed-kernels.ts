import { BOOT_FOLDER, type InstalledKernel, newestAfter } from '../kernels.js';
import type { Finding } from './finding.js';

/** Whether there is a kernel to switch to. None is no fault: the update may be still to come. Pure. */
export function judgeInstalledKernels(running: string, kernels: readonly InstalledKernel[]): Finding[] {
  const newest = newestAfter(running, kernels);
  const what =
    newest === undefined
      ? `no newer kernel than this one is installed in ${BOOT_FOLDER}`
      : `a newer kernel is installed, ${newest.release}: \`ckpt switch TARGET\` starts it`;
  return [{ id: 'kernels', area: 'switch', grade: 'good', what }];
}
