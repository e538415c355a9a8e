import { Exit, table } from './failure.js';

/** What CRIU's log says of open files, folders and kernel objects. */
export const criuFileFailures = table({
  'criu-mount-gone': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a file open that no path leads to any more, so nothing was frozen',
    why: 'descriptor {fd} is {path} on mount {mount}, which was unmounted, or belongs to another mount namespace or to none (a POSIX message queue)',
    hint: 'see it with: ls -l /proc/{pid}/fd/{fd}; make the program close or reopen it (many do so at: kill -HUP {pid}), and try again',
  },
  'criu-deleted-too-big': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) uses a deleted file that is too big to carry along, so nothing was frozen',
    why: '{path} has no name any more, so its {size} bytes would have to go into the bundle, which is more than --ghost-limit',
    hint: 'raise the limit: ckpt freeze {root} --ghost-limit 1G; or, if it is a program or library that was upgraded, restart the program',
  },
  'criu-userfaultfd': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) answers its own page faults (userfaultfd), so nothing was frozen',
    why: 'descriptor {fd} is a userfaultfd, and CRIU cannot save it nor the memory that it watches',
    hint: 'turn off what uses it (live migration, a garbage collector that moves memory: for Android and some JVMs an option), and start the program again',
  },
  'criu-perf-event': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) is being measured, so nothing was frozen',
    why: 'descriptor {fd} is a performance counter of the kernel, which CRIU cannot save',
    hint: 'end the profiler (perf, or the agent in the program), and try again',
  },
  'criu-bpf': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) holds a part of BPF ({object}), so nothing was frozen',
    why: 'descriptor {fd} refers to BPF; CRIU can save only BPF maps, and only when it was built with libbpf',
    hint: 'end the program that loads BPF and start it again after the switch, or freeze only the others',
  },
  'criu-kernel-object': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) holds a kernel object that CRIU does not know, so nothing was frozen',
    why: 'descriptor {fd} is "{object}", and CRIU saves only eventfd, epoll, inotify, fanotify, signalfd, timerfd and pidfd',
    hint: 'see which part of the program opened it: ls -l /proc/{pid}/fd/{fd}; make it close it, or freeze without this process',
  },
  'criu-device': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a device open whose state is not in the process, so nothing was frozen',
    why: 'descriptor {fd} is the device {device}: graphics, KVM, FUSE, sound, input… CRIU has no way to save what is inside it',
    hint: 'see which it is: ls -l /proc/{pid}/fd/{fd}; make the program close it; for NVIDIA and AMD graphics CRIU has plug-ins (criu-plugin-cuda, criu-plugin-amdgpu)',
  },
  'criu-block-device': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a disk open, so nothing was frozen',
    why: 'descriptor {fd} is the block device {path}, and CRIU does not save open block devices',
    hint: 'make the program close it (stop the virtual machine, the array or the file system tool), and try again',
  },
  'criu-io-uring': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) uses io_uring, so nothing was frozen',
    why: 'the kernel hands an io_uring to nobody else and does not show what is in flight, so CRIU cannot save it',
    hint: 'start the program without it (Node and what else uses libuv: SystemCallFilter=~io_uring_setup and SystemCallErrorNumber=ENOSYS in its unit; QEMU: aio=threads; PostgreSQL 18: io_method = worker), and freeze that one',
  },
  'criu-packet-pipe': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) uses a pipe in packet mode, so nothing was frozen',
    why: 'a pipe made with O_DIRECT keeps what was written apart, and CRIU would lose where one packet ends',
    hint: 'see which program made it: ckpt check {root}; it must be ended first',
  },
  'criu-pipes-full': {
    exit: Exit.refused,
    what: 'the tree of process {root} has unread data in more pipes than CRIU can save, so nothing was frozen',
    why: 'CRIU has room for 1024 pipes and FIFOs of a tree in which something waits to be read',
    hint: 'wait until the programs have read from them, or have them use fewer: ls -l /proc/{root}/fd',
  },
  'criu-process-handle': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) watches process {other}, which is outside the tree, so nothing was frozen',
    why: 'it holds a pidfd, and CRIU restores pidfds only within one tree',
    hint: 'see who it is: ps -p {other}; freeze the process that both descend from, or end the one that watches',
  },
  'criu-mapping-elsewhere': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) runs a program or library from a mount that it does not see any more, so nothing was frozen',
    why: '{path} is on mount {mount}, which was unmounted, or belongs to the mount namespace that the process was started in, and it has left that since',
    hint: 'start the program inside the namespace (unshare --mount PROGRAM; PrivateMounts=yes in its unit) instead of letting it make its own, and freeze that one',
  },
  'criu-seccomp-listener': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) answers system calls of others (seccomp notification), so nothing was frozen',
    why: 'descriptor {fd} is a seccomp listener, which CRIU cannot save',
    hint: 'end the sandbox that it supervises first (a container engine, a browser, a build tool), and try again',
  },
  'criu-watch-unreachable': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) watches a file that cannot be found again, so nothing was frozen',
    why: 'its inotify or fanotify watch is on a file system without lasting names for files (/proc, /sys, some FUSE and overlay mounts)',
    hint: 'see the watches: grep -r inotify /proc/{pid}/fdinfo; turn the watching off in the program (systemd-udev, file managers and log shippers have a switch), and try again',
  },
  'criu-tun-on-host': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a tun or tap device of the machine itself, so nothing was frozen',
    why: 'CRIU saves such a device only together with the network namespace that it is in (OpenVPN, WireGuard in user space, QEMU have one)',
    hint: 'start the program in a network namespace of its own (ip netns exec NAME …; PrivateNetwork=yes), or stop it for the switch',
  },
});
