import { Exit, table } from './failure.js';

/** Failures of `ckpt switch`, beside those of a freeze. */
export const switchFailures = table({
  'switch-no-newer': {
    exit: Exit.missing,
    what: 'no newer kernel is installed than the one that runs, {running}, so nothing was stopped',
    why: 'in {folder}: {installed}',
    hint: 'install the new kernel first, or name one of these, also an older one, with --to RELEASE',
  },
  'switch-kernel-unknown': {
    exit: Exit.missing,
    what: 'the kernel {wanted} is not installed, so nothing was stopped',
    why: 'in {folder}: {installed}',
    hint: 'install it, or name one of these with --to RELEASE',
  },
  'switch-without-systemd': {
    exit: Exit.missing,
    what: 'nothing would thaw them at the next boot, so nothing was stopped',
    why: 'systemd does not run this machine, and it is systemd that starts the switch and thaws after it',
    hint: 'switch by hand: kexec -l, ckpt freeze, kexec -e, and ckpt thaw after the boot (ckpt guard --install-hook FILE before the first time)',
  },
  'switch-no-kexec': {
    exit: Exit.missing,
    what: 'kexec cannot start another kernel on this machine, so nothing was stopped',
    why: '{problem}',
    hint: '{remedy}',
  },
  'switch-would-lose': {
    exit: Exit.refused,
    what: 'a switch now would lose something, so nothing was stopped',
    why: '{first}',
    hint: 'do that, and type the same again',
  },
  'switch-kernel-not-loaded': {
    exit: Exit.refused,
    what: 'the kernel {release} could not be loaded, so nothing was stopped',
    why: '{problem}',
    hint: 'put that right, or name another kernel with --to RELEASE (ls {folder})',
  },
  'switch-not-started': {
    exit: Exit.refused,
    what: 'the switch to {release} was not started, so everything was thawed again and runs on',
    why: '{problem}',
    hint: 'put that right, and type the same again',
  },
  'switch-left-frozen': {
    exit: Exit.refused,
    what: 'the switch to {release} was not started, and the bundle {name} could not be thawed again: it waits, whole',
    why: '{problem}',
    hint: 'see why with: ckpt thaw {name}; or go on with the switch: systemctl kexec, or reboot, and the boot thaws it',
  },
});
