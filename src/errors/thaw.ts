import { Exit, table } from './failure.js';

export const thawFailures = table({
  'thaw-file': {
    exit: Exit.refused,
    what: 'the file {path} cannot be put back for the thaw',
    why: '{problem}',
    hint: 'the bundle is untouched; make room or the folder for it, and thaw again',
  },
  'thaw-nothing': {
    exit: Exit.refused,
    what: 'there is nothing to thaw in {store}',
    why: 'it holds no bundle that was not thawed yet',
    hint: 'see what is there with ckpt list; thaw a used bundle again with: ckpt thaw NAME --again',
  },
  'thaw-used': {
    exit: Exit.refused,
    what: 'the bundle {name} was thawed already, on {at}',
    why: 'two copies of one process, with the same files and connections, are worse than none',
    hint: 'if the first copy is gone and you want its past back, beside files as they are now (a database may ruin those that it has written since): ckpt thaw {name} --again',
  },
  'thaw-unfinished': {
    exit: Exit.refused,
    what: 'a thaw of the bundle {name} was cut off on {at}, and nobody knows whether the processes ran on',
    why: 'ckpt or the machine ended between letting them go and saying so in the bundle',
    hint: 'if they do not run (ps -p {pid}), go on with: ckpt thaw {name} --again',
  },
  'thaw-under-way': {
    exit: Exit.refused,
    what: 'the bundle {name} is being thawed or removed already',
    why: 'another ckpt (PID {pid}), or the CRIU that it left behind, is at it',
    hint: 'wait for it: ckpt list says what became of it; do not end what it has rebuilt',
  },
  'thaw-pid-taken': {
    exit: Exit.refused,
    what: 'PID {pid} is taken, by {name} ({command})',
    why: 'a frozen process comes back with its own number, and two processes cannot share one',
    hint: 'end that process or wait for it, then type the same again; the bundle is untouched',
  },
  'thaw-pid-own': {
    exit: Exit.refused,
    what: 'the system gave PID {pid} to this ckpt itself, and a frozen process comes back with it',
    why: 'numbers are given one after the other, and after the highest it is the turn of the lowest that are free',
    hint: 'type the same again: it then has another number; the bundle is untouched',
  },
  'thaw-pid-zombie': {
    exit: Exit.refused,
    what: 'PID {pid} is still taken by a process that has ended ({name})',
    why: 'its parent, process {parent}, has not taken notice of its end for {seconds} s',
    hint: 'wait, or end the parent {parent}, then type the same again; the bundle is untouched',
  },
  'thaw-socket-taken': {
    exit: Exit.refused,
    what: 'the unix socket {path} is taken, by {holder}',
    why: 'a frozen process comes back with its socket, and clients find one of two only: often it is the service that the system has started anew by itself',
    hint: 'stop that one (systemctl stop UNIT, and UNIT.socket if there is one), then type the same again; the bundle is untouched',
  },
  'thaw-architecture': {
    exit: Exit.incompatible,
    what: 'the bundle {name} comes from a machine of another kind ({theirs})',
    why: 'registers and machine code of {theirs} mean nothing on {ours}',
    hint: 'thaw it on a {theirs} machine',
  },
  'thaw-lossy': {
    exit: Exit.incompatible,
    what: 'the bundle {name} cannot be thawed by CRIU {criu} on kernel {kernel}',
    why: '{reason}',
    hint: 'use a newer CRIU (--criu PATH), or thaw it on the kernel that it comes from ({origin})',
  },
  'thaw-process-missing': {
    exit: Exit.criu,
    what: 'process {pid} did not come back, so the thaw was undone',
    why: 'CRIU reported success, but the process is not there',
    hint: 'the bundle is untouched and can be thawed again; the whole log is in {log}',
  },
  'thaw-gone-after': {
    exit: Exit.criu,
    what: 'process {pid} came back and ended at once',
    why: 'it ended by itself, or something killed it, right after it ran on',
    hint: "look at its own log and the kernel's (dmesg); to try once more: ckpt thaw {name} --again",
  },
  'thaw-not-let-go': {
    exit: Exit.criu,
    what: 'process {pid} is rebuilt, but CRIU {did} instead of letting it run on',
    why: 'it should only have ended by itself; whether its processes run on nobody knows',
    hint: 'see ps for what runs; the log is in {log}; to try once more: end what is there, then ckpt thaw {name} --again',
  },
  'thaw-interrupted': {
    exit: Exit.refused,
    what: 'the thaw was interrupted before anything ran on',
    why: '{signal} came first',
    hint: 'the bundle is untouched; start the thaw again when you are ready',
  },
  'thaw-at-boot-without-systemd': {
    exit: Exit.missing,
    what: 'nobody would thaw it at boot, so nothing was stopped',
    why: 'systemd does not run this machine, and --thaw-at-boot is done by a unit of it',
    hint: 'leave --thaw-at-boot out, and have your own init run: ckpt thaw',
  },
  'guard-failed': {
    exit: Exit.missing,
    what: 'the guard of frozen connections could not be set up',
    why: '{problem}',
    hint: 'install nftables (and have systemd, for --install), or run the script of ckpt guard --install-hook FILE from your own init, before the network',
  },
  'guard-of-another': {
    exit: Exit.refused,
    what: 'the guard of the store {other} was not replaced by one of {store}',
    why: 'a machine has one guard, and {names} still waits there to be thawed: the next boot would reset its connections and may give its PIDs away',
    hint: 'freeze into that store, or thaw first what waits there: ckpt list --store {other}; to do without its guard all the same: ckpt guard --uninstall',
  },
  'thaw-guard': {
    exit: Exit.missing,
    what: 'the connections of the bundle {name} cannot be protected while it is thawed',
    why: '{problem}; without a packet filter the kernel would reset them',
    hint: 'install nftables, or give the connections up with --tcp close',
  },
});
