/** Features of files that one kernel has and another has not. */
import { isBefore, type KernelStep, mapChanged } from './step.js';

/** F_SEAL_EXEC came in 6.3. */
export const executableSeal: KernelStep = {
  name: 'executable-seal',
  apply(tree, { kernel, lost }) {
    if (!isBefore(kernel, [6, 3])) return tree;
    const memfds = mapChanged(tree.memfds, (memfd, index) => {
      if (!memfd.seals.includes('execute')) return memfd;
      lost({
        field: 'memfds.seals',
        at: `/memfds/${index}`,
        severity: 'degrading',
        reason: 'kernels before 6.3 cannot seal the executable bit of a memfd: it can be changed again',
      });
      return { ...memfd, seals: memfd.seals.filter(seal => seal !== 'execute') };
    });
    return memfds === tree.memfds ? tree : { ...tree, memfds };
  },
};

/** pidfd_open(2) came in 5.3; a pidfd of a process that is gone can be made from 5.4 on only. */
export const pidDescriptors: KernelStep = {
  name: 'pid-descriptors',
  apply(tree, { kernel, lost }) {
    if (!isBefore(kernel, [5, 3])) return tree;
    tree.openFiles.forEach((file, index) => {
      if (file.kind !== 'pidfd') return;
      lost({
        field: 'openFiles.kind',
        at: `/openFiles/${index}`,
        severity: 'fatal',
        reason: 'a process has a pidfd, which kernels before 5.3 do not have',
      });
    });
    return tree;
  },
};
