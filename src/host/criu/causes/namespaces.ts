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
    code: 'criu-no-more-namespaces',
    says: /Unable (?:to )?create a (?:new )?(?<kind>time|network) namespace: No space left on device/,
    source:
      'criu/timens.c, prepare_timens(); criu/kerndat.c, kerndat_has_nftables_concat(); kernel/ucount.c: ENOSPC for a limit of user.max_*_namespaces',
    proof: 'log',
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
  {
    code: 'criu-mount-kind',
    during: 'dump',
    says: /FS mnt \.?(?<path>\S+) dev 0x[0-9a-f]+ root \S+ unsupported id/,
    source: 'criu/mount.c, validate_mounts()',
    proof: 'provoked',
  },
  {
    code: 'criu-mount-without-root',
    during: 'dump',
    says: /mnt: \d+:\.?(?<path>.*) doesn't have a proper root mount/,
    source: 'criu/mount.c, validate_mounts()',
    proof: 'provoked',
  },
  {
    code: 'criu-nested-namespace-thaw',
    during: 'restore',
    says: /Can't restore sub-task in NS/,
    source: 'criu/pstree.c, prepare_pstree_kobj_ids()',
    proof: 'provoked',
  },
  {
    code: 'criu-mount-from-outside',
    during: 'dump',
    says: /mnt: Mount \d+ \.?(?<path>\S+) \(master_id: (?<master>\d+) shared_id: \d+\) has unreachable sharing/,
    source: 'criu/mount.c, resolve_shared_mounts()',
    proof: 'provoked',
  },
  {
    code: 'criu-no-proc-inside',
    during: 'dump',
    says: /Can't get \/proc fd/,
    source: 'criu/pie/parasite.c, parasite_get_proc_fd()',
    proof: 'log',
  },
]);
