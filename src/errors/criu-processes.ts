import { Exit, table } from './failure.js';

/** What CRIU's log says of processes as such: which it can stop, and bring back under their numbers. */
export const criuProcessFailures = table({
  'criu-no-session-leader': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) cannot be frozen on its own, and runs on as before',
    why: 'it belongs to a session whose leader has ended, and a session comes back only with its leader',
    hint: 'let it join the session of whoever thaws it: ckpt freeze {root} --shell-job, and later ckpt thaw --shell-job',
  },
  'criu-traced': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) cannot be stopped, so nothing was frozen, and all runs on as before',
    why: 'a debugger or strace holds it already, its main thread has ended, or a right (CAP_SYS_PTRACE) is missing',
    hint: 'see who holds it: grep -E "State|TracerPid" /proc/{pid}/status; end that one, and try again',
  },
  'criu-disturbed': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) was stopped by something else while CRIU worked in it, so nothing was frozen',
    why: 'a stop signal (SIGSTOP: a debugger, a job scheduler, a CPU limiter) got in between, or the process is not allowed to run the code that CRIU puts into it',
    hint: 'nothing was lost; try again, and if it stays, find out who sends it signals: strace -p {pid} -e trace=none',
  },
  'criu-code-shared': {
    exit: Exit.refused,
    what: 'CRIU could not begin its work in process {pid} ({name}), so nothing was frozen, and all runs on as before',
    why: 'it writes into the lowest code of a process first, and here that is shared memory which nobody may write to (PHP keeps what it compiles at run time there)',
    hint: 'have the program compile no code at run time, and restart it (PHP: opcache.jit_buffer_size=0)',
  },
  'criu-sandboxed': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) is in a sandbox that does not let it connect to CRIU, so nothing was frozen, and all runs on as before',
    why: 'it may not connect to sockets of others ({reason}; by Landlock, or a profile of AppArmor or SELinux), and CRIU needs such a connection; xz has such a sandbox from 5.8 on, on Linux 6.12 and newer',
    hint: 'wait until it has ended (tail --pid={pid} -f /dev/null), or start it without its sandbox, and try again; set an AppArmor profile to complain mode until the freeze is done: apparmor_parser --replace --Complain /etc/apparmor.d/FILE',
  },
  'criu-confined': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) may not read its control groups in /proc, so nothing was frozen, and all runs on as before',
    why: 'CRIU works inside it for a while, where its AppArmor profile is in force (cat /proc/{pid}/attr/current), or it lives in a chroot without /proc',
    hint: 'set the profile to complain mode: apparmor_parser --replace --Complain /etc/apparmor.d/FILE, and try again; it is in force again after the next boot, or with apparmor_parser --replace',
  },
  'criu-stuck': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) waits inside the kernel and cannot be stopped, so nothing was frozen',
    why: 'it is in uninterruptible sleep: for a disk or a file server that does not answer, or for a child that it started with vfork',
    hint: 'see what it waits for: cat /proc/{pid}/wchan /proc/{pid}/stack; try again when ps no longer shows it in state D',
  },
  'criu-shared-address-space': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) shares all its memory with another process, so nothing was frozen',
    why: 'they are two processes and not threads of one (clone with CLONE_VM, vfork), which CRIU cannot save',
    hint: 'a child that is about to start its program does so for a moment only: try again; if it stays, end process {pid} first',
  },
  'criu-rlimit-of-other': {
    exit: Exit.missing,
    what: 'the limits of process {pid} ({name}) may not be read, so nothing was frozen',
    why: 'the process belongs to another user, and without CAP_SYS_RESOURCE even root may not look at its limits',
    hint: 'run ckpt where that capability is there (docker: --cap-add SYS_RESOURCE; systemd: CapabilityBoundingSet=; see with: capsh --print)',
  },
  'criu-descriptors-kept': {
    exit: Exit.missing,
    what: 'process {pid} ({name}) has more open files than CRIU may take over, so nothing was frozen',
    why: 'the limit of open files of this ckpt is lower than what the process has open, and CRIU lacks the right to raise it (CAP_SYS_RESOURCE)',
    hint: 'see how many: ls /proc/{pid}/fd | wc -l; raise the limit and try again: ulimit -n 1048576',
  },
  'criu-own-tree': {
    exit: Exit.refused,
    what: 'CRIU itself runs below process {root} ({name}), so nothing was frozen',
    why: 'it cannot stop itself and go on',
    hint: 'run ckpt from somewhere else: another login, or: systemd-run ckpt freeze {root}',
  },
});
