/** What fanotify(7) can be asked on one kernel and not on another. */
import { isBefore, type KernelStep, type KernelVersion } from './step.js';

/** FAN_REPORT_* of fanotify_init(2), and the first kernel that takes each (uapi/linux/fanotify.h, fs/notify/fanotify). */
const FANOTIFY_REPORTS: readonly (readonly [bit: number, name: string, since: KernelVersion])[] = [
  [0x80, 'FAN_REPORT_PIDFD', [5, 15]],
  [0x1000, 'FAN_REPORT_TARGET_FID', [5, 17]],
];

/** fanotify_init(2) refuses a flag that it does not know, so the group cannot be made again. */
export const fanotifyReports: KernelStep = {
  name: 'fanotify-reports',
  apply(tree, { kernel, lost }) {
    const missing = FANOTIFY_REPORTS.filter(([, , since]) => isBefore(kernel, since));
    tree.openFiles.forEach((file, index) => {
      if (file.kind !== 'fanotify') return;
      for (const [bit, name, [major, minor]] of missing) {
        if ((Number(file.groupFlags) & bit) === 0) continue;
        lost({
          field: 'openFiles.groupFlags',
          at: `/openFiles/${index}`,
          severity: 'fatal',
          reason: `a process watches files with ${name}, which kernels before ${major}.${minor} do not have`,
        });
      }
    });
    return tree;
  },
};
