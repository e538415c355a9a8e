import { rules } from './rule.js';

/** Namespaces, mounts, control groups. */
export const namespaceRules = rules([
  {
    code: 'criu-pid-namespace-without-init',
    during: 'dump',
    says: /Can't dump a pid namespace without the process init/,
    source: 'criu/namespaces.c, check_user_ns() and dump_namespaces()',
    proof: 'provoked',
  },
  {
    code: 'criu-nested-namespace',
    during: 'dump',
    says: /Can't dump nested (?<kind>\w+) namespace for (?<pid>\d+)/,
    source: 'criu/namespaces.c, __generate_ns_id()',
    proof: 'provoked',
  },
  {
    code: 'criu-namespace-handle',
    during: 'dump',
    says: /No NS ID with kid (?<namespace>\d+)/,
    source: 'criu/namespaces.c, dump_one_ns_file()',
    proof: 'provoked',
  },
]);
