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
]);
