import { Exit, table } from './failure.js';

export const freezeFailures = table({
  'target-missing': {
    exit: Exit.refused,
    what: 'there is no process {pid}',
    why: 'it has ended, or the number is that of a thread or of another machine',
    hint: 'look for it with: ps -e | grep NAME',
  },
  'target-init': {
    exit: Exit.refused,
    what: 'process 1 ({name}) cannot be frozen',
    why: 'it is init: the system does not run without it, and the next kernel starts its own',
    hint: 'freeze the services that you want to keep, each by its own PID',
  },
  'target-kernel-thread': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) cannot be frozen',
    why: 'it is a thread of the kernel, and goes with the kernel',
    hint: 'choose a process that has a program: ps -e -o pid,args shows kernel threads in [brackets]',
  },
  'target-zombie': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) cannot be frozen',
    why: 'it has ended already and only waits for its parent {parent} to take notice',
    hint: 'choose another process, or freeze its parent with it: ckpt freeze {parent}',
  },
  'target-self': {
    exit: Exit.refused,
    what: 'process {pid} is this ckpt',
    why: 'it cannot freeze itself and go on',
    hint: 'give the PID of the process that you want to keep',
  },
  'target-ancestor': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) cannot be frozen from here',
    why: 'this ckpt runs below it and would stand still with it',
    hint: 'run ckpt from somewhere else: another login, or: systemd-run ckpt freeze {pid}',
  },
  'target-nested': {
    exit: Exit.usage,
    what: 'process {inner} belongs to the tree of process {outer}',
    why: 'a tree is frozen whole, so {inner} is frozen with {outer} already',
    hint: 'leave {inner} out',
  },
  'target-foreign-session': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) belongs to a session that would not be frozen with it',
    why: 'the leader of its session {session} is {leader}, which is outside the tree',
    hint: 'freeze the leader instead: ckpt freeze {session}; or, for a job of a shell whose terminal it may lose, add --shell-job',
  },
  'freeze-blocked': {
    exit: Exit.refused,
    what: '{names} cannot be frozen as asked, so nothing was stopped',
    why: '{problem}',
    hint: '{remedy}',
  },
  'file-rule-elsewhere': {
    exit: Exit.refused,
    what: 'files of process {pid} cannot be carried, reopened or ignored ({pattern})',
    why: 'it lives in a mount namespace of its own (a container), where the path means another file',
    hint: 'leave --file out for it: its files must be there at the thaw',
  },
  'policy-unreadable': {
    exit: Exit.usage,
    what: 'the policy file {path} cannot be read',
    why: '{problem}',
    hint: 'give the path of a file as docs/policy.md describes it',
  },
  'policy-invalid': {
    exit: Exit.usage,
    what: 'the policy file {path} is not understood, so nothing was done',
    why: '{problem}',
    hint: 'mend that place; docs/policy.md has every word that may stand in it',
  },
  'break-unknown': {
    exit: Exit.refused,
    what: 'there is no tie {tie} to break',
    why: 'no tie of that name crosses the border of what is to be frozen, or blocks it; there are: {known}',
    hint: 'see the ties and their names with: ckpt check TARGET',
  },
  'freeze-interrupted': {
    exit: Exit.refused,
    what: 'the freeze was interrupted, and everything runs on as before',
    why: '{signal} came before the bundle was complete',
    hint: 'start it again when you are ready; nothing was lost',
  },
  'freeze-tree-vanished': {
    exit: Exit.refused,
    what: 'process {pid} ({name}) was gone when it was to be stopped, so nothing was frozen',
    why: 'it ended by itself, something else killed it, or ckpt runs in another PID namespace than its /proc shows',
    hint: 'see whether it runs: ps -p {pid}; if so, run ckpt outside of the container; if not, look why it ended, and freeze the one that took its place',
  },
  'freeze-images': {
    exit: Exit.criu,
    what: 'what CRIU {criu} wrote cannot be understood, so everything was let run on',
    why: '{problem}',
    hint: 'nothing was lost; check the disk, try again, and see with ckpt doctor whether this CRIU works here',
  },
  'freeze-pages-short': {
    exit: Exit.criu,
    what: 'the memory that CRIU wrote is not whole, so the tree was let run on',
    why: '{member} has {actual} bytes where the page maps count {expected}',
    hint: 'nothing was lost; check the disk, and try again',
  },
  'freeze-after-seal': {
    exit: Exit.criu,
    what: 'the bundle {name} is complete, but CRIU failed while it let the tree {pid} go',
    why: '{problem}',
    hint: 'see with ps whether the tree still runs: if so, remove the bundle with ckpt rm {name}; if not, it can be thawed',
  },
  'target-name-unknown': {
    exit: Exit.refused,
    what: 'no process is called {name}',
    why: 'neither a PID, nor a running systemd unit, nor a program of that name was found',
    hint: 'look for it with: ps -e -o pid,args',
  },
  'target-unit-idle': {
    exit: Exit.refused,
    what: 'the unit {unit} has no processes',
    why: 'it is not running, or systemd does not know it',
    hint: 'see: systemctl status {unit}',
  },
});
