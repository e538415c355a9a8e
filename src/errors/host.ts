import { Exit, table } from './failure.js';

/** What this machine lacks: privilege, programs, kernel features. */
export const hostFailures = table({
  'not-root': {
    exit: Exit.missing,
    what: 'this needs root',
    why: 'ckpt runs as uid {uid}, and the kernel lets only root look into and rebuild any process',
    hint: 'run it with sudo',
  },
  'missing-capability': {
    exit: Exit.missing,
    what: 'the capability {capability} is missing',
    why: 'ckpt runs as root, but this environment (a container, a service) has taken {capability} away: {consequence}',
    hint: 'start it with the full set of capabilities (docker: --privileged; systemd: CapabilityBoundingSet=)',
  },
  'criu-not-found': {
    exit: Exit.missing,
    what: 'no CRIU found',
    why: 'looked in {places}',
    hint: 'install it (apt install criu; Debian 11 has none), or name one with --criu PATH or CKPT_CRIU',
  },
  'criu-not-executable': {
    exit: Exit.missing,
    what: '{path} is no CRIU that can be run',
    why: '{reason}',
    hint: 'give the path of the program itself with --criu PATH or CKPT_CRIU, and see that it is executable',
  },
  'criu-unknown-version': {
    exit: Exit.missing,
    what: '{path} does not say which version of CRIU it is',
    why: '`{path} --version` printed "{output}"',
    hint: 'give another program with --criu PATH or CKPT_CRIU',
  },
  'criu-too-old': {
    exit: Exit.missing,
    what: 'CRIU {version} is too old',
    why: 'ckpt knows the image formats of CRIU 3.17.1 and later; {path} is {version}',
    hint: 'install a newer CRIU (Debian bookworm has 3.17.1, trixie 4.1.1)',
  },
  'criu-cannot-run': {
    exit: Exit.missing,
    what: 'CRIU {version} cannot work on kernel {kernel}',
    why: 'its own check failed: {quote}',
    hint: '{advice}',
  },
  'ptrace-forbidden': {
    exit: Exit.missing,
    what: 'nobody may look into a process here, not even root: kernel.yama.ptrace_scope is 3',
    why: 'CRIU freezes and thaws by ptrace, and this setting holds until the next boot',
    hint: 'take it out of /etc/sysctl.d (grep -r ptrace_scope /etc/sysctl.d /etc/sysctl.conf) and reboot; processes run on until then, and a bundle waits on the disk',
  },
  'timed-out': {
    exit: Exit.missing,
    what: '{what} took longer than {seconds} s',
    why: 'it was stopped: it hangs, or the machine is very busy',
    hint: 'try again when there is less load, and see `ckpt doctor` if it happens again',
  },
  'system-refused': {
    exit: Exit.missing,
    what: 'the system refused: {what}',
    why: '{reason}',
    hint: '{advice}',
  },
  'not-linux': {
    exit: Exit.missing,
    what: 'ckpt works on Linux only',
    why: 'this is {platform}',
    hint: 'run it on the machine whose processes are to be frozen',
  },
});
