import { Exit, table } from './failure.js';

/** What CRIU's log says of the machine and its kernel, before it looks at any process. */
export const criuMachineFailures = table({
  'criu-loopback-down': {
    exit: Exit.missing,
    what: 'CRIU cannot try out TCP here: there is no loopback network',
    why: 'ckpt runs in a network namespace whose interface lo is down',
    hint: 'bring it up: ip link set lo up; or run ckpt outside: nsenter --net --target 1 ckpt …',
  },
  'criu-no-mount-right': {
    exit: Exit.missing,
    what: 'CRIU may not mount anything here, and cannot work without',
    why: 'ckpt runs in a user namespace (rootless podman, unshare --user), or a container has taken CAP_SYS_ADMIN away',
    hint: 'run ckpt as the real root, outside: nsenter --target 1 --all ckpt …, or in a privileged container',
  },
  'criu-no-devpts': {
    exit: Exit.missing,
    what: '/dev/pts is not mounted here, and CRIU needs it',
    why: 'ckpt runs in a chroot or a mount namespace that has none',
    hint: 'mount it and try again: mount -t devpts devpts /dev/pts -o ptmxmode=666',
  },
  'criu-foreign-proc': {
    exit: Exit.missing,
    what: 'CRIU does not find itself in /proc',
    why: 'ckpt runs in a PID namespace whose /proc is still that of the one outside (unshare --pid without --mount-proc), so that every PID means somebody else',
    hint: 'mount the right one: mount -t proc proc /proc; or run ckpt outside: nsenter --pid --mount --target 1 ckpt …',
  },
  'criu-kernel-unknown': {
    exit: Exit.incompatible,
    what: 'CRIU {version} does not know this kernel and cannot work on it',
    why: 'the kernel lays out its vDSO as this CRIU does not expect (CRIU before 4.1 on kernels from 6.13 on)',
    hint: 'use CRIU 4.2 or newer: --criu PATH (ckpt doctor lists what works here)',
  },
  'criu-images-unread': {
    exit: Exit.incompatible,
    what: 'CRIU {version} cannot read these images: it finds no memory pages in them',
    why: 'they were written for CRIU 4.2 or newer, which keeps the number of pages in another place',
    hint: 'let ckpt write them for this CRIU: ckpt thaw does so from a bundle; images of plain CRIU become a bundle with: ckpt import DIRECTORY',
  },
  'criu-rseq-not-shown': {
    exit: Exit.incompatible,
    what: 'process {pid} ({name}) uses restartable sequences (rseq), which this kernel does not show, so nothing was frozen',
    why: 'kernels before 5.13 do not say how a program registered rseq, which glibc does from 2.35 on',
    hint: 'start the program with GLIBC_TUNABLES=glibc.pthread.rseq=0 in its environment, and freeze that one',
  },
  'criu-rseq-length': {
    exit: Exit.incompatible,
    what: 'process {pid} ({name}) has registered more for restartable sequences (rseq) than this kernel takes',
    why: 'it registered 0x{length} bytes on a newer kernel, and kernels before 6.3 take 0x20 only',
    hint: 'thaw it on the newer kernel; or start it there with GLIBC_TUNABLES=glibc.pthread.rseq=0 and freeze that one',
  },
  'criu-kernel-probe': {
    exit: Exit.missing,
    what: 'CRIU cannot find out what this kernel can, and gave up before it looked at any process',
    why: 'its test {probe} failed: a right or a part of the kernel is missing, as in containers',
    hint: 'see what works here and what is missing: ckpt doctor; the whole log is in {log}',
  },
});
