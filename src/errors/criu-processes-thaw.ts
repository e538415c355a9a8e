import { Exit, table } from './failure.js';

/** What CRIU's log says when processes cannot come back as they were. */
export const criuProcessThawFailures = table({
  'criu-number-taken': {
    exit: Exit.refused,
    what: 'number {number}, which process {pid} ({name}) needs, is taken',
    why: 'something has it as its PID or thread ID, or as its session or process group (a zombie, too, until its parent takes notice)',
    hint: 'see who: ps -e -o pid,tid,pgid,sid,stat,args -L | grep -w {number}; end that one, then: ckpt thaw {bundle}',
  },
  'criu-capability-dropped': {
    exit: Exit.missing,
    what: 'process {pid} ({name}) had given up rights, and CRIU cannot take them away again: CAP_SETPCAP is missing',
    why: 'to take capability number {capability} away again, CRIU needs CAP_SETPCAP',
    hint: 'run ckpt with all capabilities (docker: --privileged; systemd: CapabilityBoundingSet=), then: ckpt thaw {bundle}',
  },
  'criu-capability-missing': {
    exit: Exit.missing,
    what: 'process {pid} ({name}) had rights (capabilities) that this ckpt does not have',
    why: 'CRIU can give back only what it has itself, and a container or a service manager has taken some away',
    hint: 'see what is missing: capsh --print; run ckpt with all capabilities (docker: --privileged; systemd: CapabilityBoundingSet=), then: ckpt thaw {bundle}',
  },
  'criu-descriptor-limit': {
    exit: Exit.missing,
    what: 'process {pid} ({name}) has more open files than are allowed here',
    why: 'the limit is {limit}, and CRIU needs {needed}; it lacks the right to raise it (CAP_SYS_RESOURCE)',
    hint: 'raise the limit in this shell, then thaw again: ulimit -n 1048576; ckpt thaw {bundle}',
  },
  'criu-memory-short': {
    exit: Exit.refused,
    what: 'there is not enough memory for process {pid} ({name}): it needs {size} bytes',
    why: 'the memory of this machine, of the control group, or the limit of address space (ulimit -v) is used up',
    hint: 'see what is free (free -m; ulimit -v; systemctl show -p MemoryMax for a service), make room, then: ckpt thaw {bundle}',
  },
  'criu-security-label': {
    exit: Exit.missing,
    what: 'process {pid} ({name}) cannot be given its security label (AppArmor, SELinux): error {error}',
    why: 'its profile is not loaded here, or this kernel uses another security module',
    hint: 'load the profile that it had (apparmor_parser -r FILE; semodule -i), see: aa-status; then: ckpt thaw {bundle}',
  },
  'criu-no-memory-for-mapping': {
    exit: Exit.refused,
    what: 'a part of the memory of process {pid} ({name}) cannot be made again: there is none left',
    why: 'the mapping at 0x{address} needs huge pages that are not reserved here, or a limit (memory, vm.max_map_count) is reached',
    hint: 'see what is reserved: grep Huge /proc/meminfo; reserve as many as at the freeze: sysctl vm.nr_hugepages=NUMBER; then: ckpt thaw {bundle}',
  },
  'criu-killed': {
    exit: Exit.criu,
    what: 'process {pid} ({name}) was killed while it was being rebuilt',
    why: 'CRIU says no reason; most often the kernel did so because memory ran out, here or in the control group that ckpt runs in',
    hint: 'see: dmesg | grep -i oom; make room, or run ckpt where it may use more (systemd-run -p MemoryMax=infinity ckpt thaw {bundle}); the bundle is untouched',
  },
  'criu-too-many-processes': {
    exit: Exit.refused,
    what: 'no more processes may be started here, and process {number} is still to come back',
    why: 'the limit of the control group (pids.max; TasksMax= of the service or session that ckpt runs in) or of the machine (kernel.threads-max) is reached',
    hint: 'thaw it where there is room: systemd-run -p TasksMax=infinity ckpt thaw {bundle}; see the limit: cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/pids.max',
  },
});
