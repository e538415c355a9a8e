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
    hint: 'end what opened /dev/tty (a password prompt, a menu, a pager: ps -s {session}), and try again',
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
});
