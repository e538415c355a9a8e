/** Features of files, sockets and threads that one kernel has and another has not. */
import { isBefore, type KernelStep, type KernelVersion, mapChanged } from './step.js';

/** UDP-Lite is gone from 7.1 on (measured on 7.2: socket(2) says EPROTONOSUPPORT). */
export const udpLite: KernelStep = {
  name: 'udp-lite',
  apply(tree, { kernel, lost }) {
    if (isBefore(kernel, [7, 1])) return tree;
    tree.openFiles.forEach((file, index) => {
      if (file.kind !== 'inet-socket' || file.protocol !== 'udp-lite') return;
      lost({
        field: 'openFiles.protocol',
        at: `/openFiles/${index}`,
        severity: 'fatal',
        reason: 'a process has a UDP-Lite socket, and this kernel has no UDP-Lite any more',
      });
    });
    return tree;
  },
};

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

/** SCHED_EXT came in 6.12. */
export const extensibleScheduling: KernelStep = {
  name: 'extensible-scheduling',
  apply(tree, { kernel, lost }) {
    if (!isBefore(kernel, [6, 12])) return tree;
    const processes = mapChanged(tree.processes, (process, index) => {
      const threads = mapChanged(process.threads, (thread, position) => {
        if (thread.policy !== 'ext') return thread;
        lost({
          field: 'threads.policy',
          at: `/processes/${index}/threads/${position}`,
          severity: 'degrading',
          reason: 'kernels before 6.12 have no SCHED_EXT: the thread runs under the normal policy',
        });
        return { ...thread, policy: 'other' as const };
      });
      return threads === process.threads ? process : { ...process, threads };
    });
    return processes === tree.processes ? tree : { ...tree, processes };
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

/**
 * SO_BUF_LOCK came in 5.14. CRIU writes it for every socket where its kernel has it, even when nothing is locked, and
 * cannot restore a socket whose image has it where the kernel has not.
 */
export const bufferLocks: KernelStep = {
  name: 'buffer-locks',
  apply(tree, { kernel, lost }) {
    if (!isBefore(kernel, [5, 14])) return tree;
    const openFiles = mapChanged(tree.openFiles, (file, index) => {
      if (!('options' in file) || file.options.bufferLocks === undefined) return file;
      const { bufferLocks: locks, ...options } = file.options;
      if (locks.length > 0) {
        lost({
          field: 'openFiles.options.bufferLocks',
          at: `/openFiles/${index}`,
          severity: 'harmless',
          reason:
            'kernels before 5.14 cannot be told that the program set the buffer sizes of a socket itself; the sizes stay',
        });
      }
      return { ...file, options };
    });
    return openFiles === tree.openFiles ? tree : { ...tree, openFiles };
  },
};
