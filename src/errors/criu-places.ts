import { Exit, table } from './failure.js';

/** What CRIU's log says of memory, terminals, namespaces and mounts. */
export const criuPlaceFailures = table({
  'criu-sysv-memory': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) uses System V shared memory of the whole machine, so nothing was frozen',
    why: 'CRIU saves such memory only together with the IPC namespace that it lives in, and this process lives in the one of the machine',
    hint: 'give the service an IPC namespace of its own (PrivateIPC=yes in its unit, or start it by unshare --ipc), or set it to other shared memory (PostgreSQL: shared_memory_type = mmap)',
  },
  'criu-secret-memory': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has secret memory (memfd_secret), so nothing was frozen',
    why: 'nobody but the process itself can read it, CRIU included',
    hint: 'make the program release it, or boot with secretmem.enable=0 and start it again',
  },
  'criu-terminal-outside': {
    exit: Exit.refused,
    what: 'the tree of process {root} uses a terminal that belongs to a process outside it, so nothing was frozen',
    why: 'the other side of terminal /dev/pts/{index} (sshd, tmux, a terminal emulator) stays outside',
    hint: 'freeze it as the job of a terminal: ckpt freeze {root} --shell-job; or freeze the tmux or sshd session as a whole',
  },
  'criu-own-terminal': {
    exit: Exit.refused,
    what: 'a process of session {session} has opened its terminal as /dev/tty, so nothing was frozen',
    why: 'CRIU cannot give it back to a process that is not the leader of the session in the foreground',
    hint: 'end what opened /dev/tty (a password prompt, a menu, a pager, sudo with what it has started: ps -s {session}), and try again',
  },
  'criu-pid-namespace-without-init': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) lives in a container whose first process stays outside, so nothing was frozen',
    why: 'a PID namespace comes back only with its first process, PID 1 inside it',
    hint: 'freeze that one with all below it; find it with: ps -e -o pid,pidns,args --sort pidns (the lowest PID of that namespace)',
  },
  'criu-nested-namespace': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) lives in another {kind} namespace than the root of the tree, so nothing was frozen',
    why: 'CRIU brings back nested namespaces only for mounts and networks, and only below a root that has its own',
    hint: 'freeze the inner container on its own: ckpt freeze {pid}',
  },
  'criu-namespace-handle': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) holds a handle of a namespace that nobody in the tree lives in, so nothing was frozen',
    why: "namespace {namespace} is somebody else's, and would not be there after the thaw",
    hint: 'see whose it is: lsns -t mnt,net,pid,user,uts,ipc | grep {namespace}; make the program close the handle',
  },
  'criu-mapped-kernel-object': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has memory that belongs to a kernel object, so nothing was frozen',
    why: '"{object}" is mapped into it (its descriptor may be closed already), and CRIU maps ordinary files and shared memory only',
    hint: 'see it: grep anon_inode /proc/{pid}/maps; turn off what uses it (io_uring: SystemCallFilter=~io_uring_setup and SystemCallErrorNumber=ENOSYS in its unit; a profiler; KVM), and start the program again',
  },
  'criu-uprobes': {
    exit: Exit.refused,
    what: 'a tracer has put probes into the memory of process {pid} ({name}), so nothing was frozen',
    why: 'perf, bpftrace or systemtap did so (uprobes), and the page that the kernel added for it stays until the program ends',
    hint: 'end the tracer and start the program again',
  },
  'criu-terminal-in-flight': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) has a terminal on its way through a socket, so nothing was frozen',
    why: 'the descriptor was sent and nobody has received it yet, and CRIU cannot take a terminal from there',
    hint: 'try again: a moment later it may have been received; if it stays, the receiver hangs: ckpt check {root}',
  },
  'criu-terminal-taken': {
    exit: Exit.refused,
    what: 'terminal {index} cannot be given back to process {pid} ({name})',
    why: 'somebody else has /dev/pts/{index} by now, or its other side stayed open outside the tree',
    hint: 'see who: fuser -v /dev/pts/{index}; end that session (or open and close others until it is free), then: ckpt thaw {bundle}',
  },
  'criu-no-terminal': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) was the job of a terminal, and this thaw has none to give it',
    why: 'it was frozen with --shell-job, and ckpt was started here without a terminal (cron, a service, a pipe)',
    hint: 'log in and thaw it from there: ckpt thaw {bundle} --shell-job; or without a terminal through: script -c "ckpt thaw {bundle} --shell-job" /dev/null',
  },
  'criu-mount-kind': {
    exit: Exit.refused,
    what: 'the tree of process {root} has a mount of a kind that CRIU cannot bring back, so nothing was frozen',
    why: 'it lives in a mount namespace of its own, and {path} in it is of a file system that CRIU does not know',
    hint: 'see it: findmnt --task {root} {path}; unmount it in there: nsenter --mount --target {root} umount {path}; or mount it from outside the container',
  },
  'criu-mount-without-root': {
    exit: Exit.refused,
    what: 'the tree of process {root} sees only a part of a file system, and nothing shows its whole, so nothing was frozen',
    why: '{path} in its mount namespace is a folder of another mount, which is not mounted as a whole anywhere in there (a bind mount from outside, as containers have)',
    hint: 'see what it is: findmnt --task {root} {path}; start the service without that mount (BindPaths=, -v), or use its container engine, which knows the outside: podman container checkpoint',
  },
  'criu-nested-namespace-thaw': {
    exit: Exit.refused,
    what: 'a process of the tree of {root} ({name}) lives in a namespace of its own, which CRIU cannot make again',
    why: 'CRIU brings back nested namespaces only below a root that lives in namespaces of its own',
    hint: 'start the program again; the next time freeze the inner process on its own, or the container as a whole: ckpt check PID tells which',
  },
  'criu-mount-from-outside': {
    exit: Exit.refused,
    what: 'the tree of process {root} has a mount that follows one outside of it, so nothing was frozen',
    why: '{path} in its mount namespace is a slave of a mount (group {master}) that nobody in the tree sees, as containers and services with PrivateMounts= get them',
    hint: 'see it: findmnt --task {root} -o TARGET,PROPAGATION; cut it off: nsenter --mount --target {root} mount --make-rprivate /; then: ckpt freeze {root}',
  },
  'criu-no-proc-inside': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) lives in a PID namespace without a /proc of its own, so nothing was frozen',
    why: 'CRIU works inside the process for a while, and as the user that it runs as it may not mount /proc there',
    hint: 'give the container its /proc: nsenter --target {pid} --pid --mount mount -t proc proc /proc (in its own mount namespace), and try again',
  },
  'criu-no-more-namespaces': {
    exit: Exit.missing,
    what: 'CRIU needs a {kind} namespace, and no more may be made here',
    why: 'a limit of this machine is 0, or reached (user.max_time_namespaces, user.max_net_namespaces)',
    hint: 'raise both and try again: sysctl user.max_time_namespaces=1000 user.max_net_namespaces=1000; and take what sets them out of /etc/sysctl.d, before the next boot',
  },
});
