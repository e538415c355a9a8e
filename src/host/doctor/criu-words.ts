/** A complaint of `criu check --all` in plain words. `harmless` ones are not shown. */
interface Wording {
  readonly pattern: RegExp;
  readonly id: string;
  readonly what: string;
  readonly consequence: string;
  readonly harmless?: true;
}

const lacks = (what: string): string => `the kernel lacks ${what}`;

/**
 * Rows in the order in which they are tried. Source: criu/cr-check.c of 3.17.1 to 4.3; only what its `--all` can
 * print while the verdict stays "Looks good but …", and the causes of a start that fails.
 */
const wordings: readonly Wording[] = [
  {
    pattern: /Unexpected rt vDSO area bounds|Failed to fill self vdso symtable|kerndat_vdso_fill_symtable/,
    id: 'vdso',
    what: "it does not know the layout of this kernel's vDSO",
    consequence: 'it is older than the kernel and does not start',
  },
  {
    pattern: /Dirty tracking is OFF/,
    id: 'dirty-track',
    what: 'no tracking of changed memory',
    consequence: 'memory cannot be copied ahead of a freeze',
  },
  {
    pattern: /PTRACE_O_SUSPEND_SECCOMP|suspend seccomp|seccomp filters not supported/i,
    id: 'seccomp',
    what: lacks('access to seccomp filters'),
    consequence: 'programs with seccomp filters cannot be frozen',
  },
  {
    pattern: /GET_RSEQ_CONFIGURATION/,
    id: 'rseq',
    what: lacks("the request for a program's rseq registration"),
    consequence: 'programs that use rseq (glibc 2.35 and newer) cannot be frozen',
  },
  {
    pattern: /\/proc\/<pid>\/timers/,
    id: 'posix-timers',
    what: lacks('the list of POSIX timers'),
    consequence: 'programs with POSIX timers cannot be frozen',
  },
  {
    pattern: /tun|TUN/,
    id: 'tun',
    what: lacks('tun devices that can be asked about'),
    consequence: 'programs with tun or tap devices cannot be frozen',
  },
  {
    pattern: /\bAIO\b/,
    id: 'aio',
    what: lacks('AIO rings that can be moved'),
    consequence: 'programs with pending asynchronous I/O cannot be thawed',
  },
  {
    pattern: /lock field/,
    id: 'file-locks',
    what: lacks('the list of file locks by descriptor'),
    consequence: 'programs with file locks cannot be frozen',
  },
  {
    pattern: /CLONE_PARENT/,
    id: 'clone-parent',
    what: lacks('CLONE_PARENT with new PID namespaces'),
    consequence: 'programs in PID namespaces of their own cannot be thawed',
  },
  {
    pattern: /cgroupns/,
    id: 'cgroup-namespace',
    what: lacks('cgroup namespaces'),
    consequence: 'programs in cgroup namespaces of their own cannot be thawed',
  },
  {
    pattern: /TCP_REPAIR_WINDOW/,
    id: 'tcp-window',
    what: lacks('the repair of TCP windows'),
    consequence: 'TCP connections can stall after a thaw',
  },
  {
    pattern: /half-closed/,
    id: 'tcp-half-closed',
    what: lacks('the repair of half-closed TCP connections'),
    consequence: 'programs with TCP connections in closing cannot be frozen',
  },
  {
    pattern: /userns|user namespace|PR_SET_MM_MAP_SIZE/i,
    id: 'user-namespace',
    what: lacks('what user namespaces need'),
    consequence: 'programs in user namespaces of their own cannot be thawed',
  },
  {
    pattern: /Loginuid/,
    id: 'loginuid',
    what: 'the audit login uid cannot be set',
    consequence: 'thawed programs have the login uid of the one who thaws',
  },
  {
    pattern: /map vDSO/,
    id: 'map-vdso',
    what: lacks('the call that maps the vDSO'),
    consequence: '32-bit programs cannot be thawed',
  },
  {
    pattern: /UFFD/,
    id: 'userfaultfd',
    what: lacks('userfaultfd'),
    consequence: 'memory cannot be brought back lazily (ckpt does not do that)',
    harmless: true,
  },
  {
    pattern: /clone3/,
    id: 'clone3',
    what: lacks('clone3 with a chosen PID'),
    consequence: 'a thaw is slower and can lose the race for a PID',
  },
  {
    pattern: /Time namespaces/,
    id: 'time-namespace',
    what: lacks('time namespaces'),
    consequence: 'monotonic clocks jump across a kernel switch',
  },
  {
    pattern: /IFLA_NEW_IFINDEX/,
    id: 'ifindex',
    what: lacks("the choice of an interface's number"),
    consequence: 'network namespaces come back with other interface numbers',
  },
  {
    pattern: /Pidfd store/,
    id: 'pidfd-store',
    what: lacks('pidfd_open or pidfd_getfd'),
    consequence: 'copying memory ahead of a freeze is less safe against reused PIDs',
  },
  {
    pattern: /[Nn]ftables/,
    id: 'nftables-lock',
    what: 'this CRIU cannot hold back packets with nftables',
    consequence: 'programs with live TCP connections cannot be frozen safely',
  },
  {
    pattern: /STATMOUNT|statmount/,
    id: 'statmount',
    what: lacks('statmount by descriptor'),
    consequence: 'programs with files open on unmounted bind mounts cannot be frozen',
  },
  {
    pattern: /overlayfs|unmatched dev:ino/,
    id: 'overlayfs',
    what: 'mapped files on overlayfs are shown with a wrong device number',
    consequence: 'programs in containers on overlayfs may not be freezable',
  },
  {
    pattern: /breakpoints/,
    id: 'breakpoints',
    what: 'hardware breakpoints do not work (as in some virtual machines)',
    consequence: 'a freeze takes a slower path',
    harmless: true,
  },
  {
    pattern: /compat_cr|CONFIG_COMPAT/,
    id: 'compat',
    what: 'no 32-bit programs',
    consequence: '32-bit programs cannot be frozen',
  },
  {
    pattern: /autofs|failed to mount autofs/,
    id: 'autofs',
    what: 'no autofs mounts',
    consequence: 'programs that serve autofs mounts cannot be frozen',
  },
  {
    // A program that CRIU starts while it probes, such as an iptables that is not installed (criu/util.c, cr_system).
    pattern: /^exited, (status|signal)=/,
    id: 'child',
    what: 'a program that it tried did not work',
    consequence: '',
    harmless: true,
  },
  {
    pattern: /RLIMIT_NOFILE|unlimited file descriptors/,
    id: 'rlimit',
    what: 'the limit of open files cannot be raised (no CAP_SYS_RESOURCE)',
    consequence: 'programs with very many open files may not be freezable',
    harmless: true,
  },
  {
    pattern: /map_files/,
    id: 'map-files',
    what: '/proc/PID/map_files cannot be read',
    consequence: 'nothing can be frozen (the capabilities or the kernel configuration lack)',
  },
  {
    pattern: /diag|sock diag/i,
    id: 'sock-diag',
    what: lacks('part of the socket diagnosis (the *_diag modules)'),
    consequence: 'nothing can be frozen',
  },
  {
    pattern: /ns_last_pid/,
    id: 'last-pid',
    what: '/proc/sys/kernel/ns_last_pid cannot be written',
    consequence: 'nothing can be thawed with its PID',
  },
  { pattern: /kcmp/, id: 'kcmp', what: lacks('kcmp'), consequence: 'nothing can be frozen' },
  {
    pattern: /TCP repair mode/,
    id: 'tcp-repair',
    what: 'TCP repair mode cannot be switched on',
    consequence: 'nothing can be frozen by this CRIU (CAP_NET_ADMIN is needed)',
  },
  {
    pattern: /\/dev\/ptmx|pty/,
    id: 'pty',
    what: '/dev/ptmx does not work',
    consequence: 'nothing can be frozen by this CRIU',
  },
  {
    pattern: /CAP_SYS_ADMIN or the CAP_CHECKPOINT_RESTORE|non-root/,
    id: 'privilege',
    what: 'it was not started as root',
    consequence: 'nothing can be frozen',
  },
];

/** Words that only repeat that something before them failed. */
const echoes = /when initializing kerndat|Could not initialize kernel features detection|^Looks good/;

/** One complaint, in plain words where they are known. */
export interface PlainComplaint {
  readonly id: string;
  readonly what: string;
  readonly consequence: string;
}

/** Pure: complaints in plain words, each once, the harmless ones left out; unknown ones are quoted as they are. */
export function inPlainWords(complaints: readonly string[]): PlainComplaint[] {
  const found = new Map<string, PlainComplaint>();
  for (const complaint of complaints) {
    const wording = wordings.find(({ pattern }) => pattern.test(complaint));
    if (wording === undefined) {
      if (!echoes.test(complaint)) {
        const words = { id: 'other', what: `criu check says: ${complaint}`, consequence: '' };
        found.set(complaint, words);
      }
    } else if (wording.harmless !== true) {
      const { id, what, consequence } = wording;
      found.set(id, { id, what, consequence });
    }
  }
  return [...found.values()];
}
