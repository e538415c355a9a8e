import { knownPairs } from '../known-pairs.js';
import { rules } from './rule.js';

/** What CRIU needs of the machine and its kernel before it looks at any process. */
export const machineRules = rules([
  {
    code: 'criu-loopback-down',
    says: /Unable to connect a socket: Network is unreachable/,
    source: 'criu/kerndat.c, kerndat_tcp_repair()',
    proof: 'provoked',
  },
  {
    code: 'criu-no-mount-right',
    says: /Fail to mount tmfps to .*: Operation not permitted/,
    source: 'criu/kerndat.c, kerndat_has_move_mount_set_group()',
    proof: 'provoked',
  },
  {
    code: 'criu-no-devpts',
    says: /devpts isn't mount on the host/,
    source: 'criu/kerndat.c, parse_devpts()',
    proof: 'provoked',
  },
  {
    code: 'criu-foreign-proc',
    // Who bears the number of CRIU's helper there: a kernel thread, nobody, or somebody else's process.
    says: /vdso: Can't find rt vDSO|Can't open \d+\/(?:maps|clear_refs) on procfs/,
    source: 'criu/vdso.c, vdso_fill_self_symtable(); criu/mem.c, do_task_reset_dirty_track()',
    proof: 'provoked',
  },
  {
    code: 'criu-kernel-unknown',
    says: /Unexpected rt vDSO area bounds/,
    criu: knownPairs.vdso.criu,
    source: 'criu/vdso.c, vdso_fill_self_symtable()',
    proof: 'log',
  },
  {
    code: 'criu-images-unread',
    during: 'restore',
    says: /vdso: ELF header magic mismatch/,
    criu: { below: '4.2' },
    source: 'criu/pie/util-vdso.c, vdso_fill_symtable(): pages that this release reads as none',
    proof: 'log',
  },
  {
    code: 'criu-rseq-not-shown',
    during: 'dump',
    says: /(?<pid>\d+) has rseq but kernel lacks get_rseq_conf feature/,
    source: 'criu/cr-dump.c, dump_thread_rseq()',
    proof: 'log',
  },
  {
    code: 'criu-rseq-length',
    during: 'restore',
    says: /failed sys_rseq\(\w+, (?:0x)?(?<length>[0-9a-f]+), \w+, \w+\) = -22/,
    source: 'criu/pie/restorer.c, restore_rseq()',
    proof: 'log',
  },
  {
    code: 'criu-kernel-probe',
    says: /^(?<probe>\w+) failed when initializing kerndat/,
    yieldsTo: 'rules',
    source: 'criu/kerndat.c, kerndat_init()',
    proof: 'log',
  },
]);
