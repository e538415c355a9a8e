import { rules } from './rule.js';

/** Which processes CRIU can stop, and bring back under their numbers. */
export const processRules = rules([
  {
    code: 'criu-no-session-leader',
    during: 'dump',
    says: /The root process (?<pid>\d+) is not a session leader/,
    source: 'criu/pstree.c, dump_pstree()',
    proof: 'log',
  },
  {
    code: 'criu-traced',
    during: 'dump',
    says: /Unable to interrupt task: (?<pid>\d+) \(Operation not permitted\)/,
    source: 'compel/src/lib/infect.c, compel_interrupt_task()',
    proof: 'provoked',
  },
  {
    code: 'criu-stuck',
    during: 'dump',
    says: /Unseizable non-zombie (?<pid>\d+) found, state D/,
    source: 'compel/src/lib/infect.c, compel_wait_task()',
    proof: 'log',
  },
  {
    code: 'criu-shared-address-space',
    during: 'dump',
    says: /Can't make VM id for (?<pid>\d+)/,
    source: 'criu/cr-dump.c, dump_task_kobj_ids()',
    proof: 'provoked',
  },
  {
    code: 'freeze-tree-vanished',
    during: 'dump',
    says: /Unable to interrupt task: (?<pid>\d+) \(No such process\)/,
    source: 'compel/src/lib/infect.c, compel_interrupt_task()',
    proof: 'provoked',
  },
  {
    code: 'criu-rlimit-of-other',
    during: 'dump',
    says: /Can't get rlimit \d+: Operation not permitted/,
    source: 'criu/cr-dump.c, dump_task_rlimits()',
    proof: 'provoked',
  },
  {
    code: 'criu-number-taken',
    during: 'restore',
    says: /Can't fork for (?<number>\d+): File exists/,
    source: 'criu/cr-restore.c, fork_with_pid()',
    proof: 'provoked',
  },
  {
    code: 'criu-deadline',
    during: 'restore',
    says: /Inconsistent sched params received \(6\./,
    source: 'criu/cr-restore.c, validate_sched_parm(); policy 6 is SCHED_DEADLINE',
    proof: 'provoked',
  },
  {
    code: 'criu-capability-dropped',
    during: 'restore',
    says: /Unable to drop capability (?<capability>\d+): -1/,
    source: 'criu/pie/restorer.c, restore_creds()',
    proof: 'provoked',
  },
  {
    code: 'criu-capability-missing',
    during: 'restore',
    says: /Unable to restore capabilities: -1/,
    source: 'criu/pie/restorer.c, restore_creds()',
    proof: 'provoked',
  },
  {
    code: 'criu-descriptor-limit',
    during: 'restore',
    says: /Can't chose service_fd_base: (?<limit>\d+) (?<needed>\d+)/,
    source: 'criu/servicefd.c, choose_service_fd_base()',
    proof: 'provoked',
  },
  {
    code: 'criu-descriptors-kept',
    during: 'dump',
    says: /Can't retrieve FDs from socket/,
    weak: true,
    source:
      'criu/parasite-syscall.c, parasite_drain_fds_seized(); the kernel hands over no more than RLIMIT_NOFILE allows',
    proof: 'provoked',
  },
]);
