import { rules } from './rule.js';

/** Mappings, shared memory and pages. */
export const memoryRules = rules([
  {
    code: 'criu-sysv-memory',
    during: 'dump',
    says: /Task (?<pid>\d+) with SysVIPC shmem map @(?<address>[0-9a-f]+) doesn't live in IPC ns/,
    source: 'criu/cr-dump.c, dump_task_mm()',
    proof: 'provoked',
  },
  {
    code: 'criu-secret-memory',
    during: 'dump',
    says: /Unknown shit \d+ \(\/secretmem/,
    source: 'criu/proc_parse.c, vma_get_mapfile()',
    proof: 'provoked',
  },
  {
    code: 'criu-mapped-kernel-object',
    during: 'dump',
    says: /Unknown shit \d+ \(anon_inode:(?<object>.+)\)/,
    source: 'criu/proc_parse.c, vma_get_mapfile()',
    proof: 'provoked',
  },
  {
    code: 'criu-uprobes',
    during: 'dump',
    says: /PID (?<pid>\d+) has uprobes vma/,
    criu: { least: '4.2' },
    source: 'criu/proc_parse.c, handle_vma()',
    proof: 'provoked',
  },
  {
    code: 'criu-memory-short',
    during: 'restore',
    says: /Unable to reserve memory \((?<size>\d+) bytes\): Cannot allocate memory/,
    source: 'criu/mem.c, prepare_mappings()',
    proof: 'log',
  },
  {
    code: 'criu-no-memory-for-mapping',
    during: 'restore',
    says: /Can't restore (?:0x)?(?<address>[0-9a-f]+) mapping with (?:0x)?f+4$/,
    source: 'criu/pie/restorer.c, restore_mapping(); f…f4 is -ENOMEM',
    proof: 'log',
  },
]);
