/** Names of what a process or thread is and may do. Numbers are Linux's own ABI, except where a comment says so. */

/** The states a frozen process can be in (the numbers are CRIU's task_state: compel/include/uapi/task-state.h). */
export const processStates = { running: 1, dead: 2, stopped: 3, zombie: 6 } as const;

/** SCHED_* of sched_setscheduler(2). */
export const schedulingPolicies = {
  other: 0,
  fifo: 1,
  'round-robin': 2,
  batch: 3,
  idle: 5,
  deadline: 6,
  ext: 7,
} as const;

/** SCHED_RESET_ON_FORK, a bit beside the policy: children of the thread begin with the normal one. */
export const RESET_ON_FORK = 0x4000_0000;

/** SECCOMP_MODE_*. */
export const seccompModes = { disabled: 0, strict: 1, filter: 2 } as const;

/** SECCOMP_FILTER_FLAG_*. */
// biome-ignore format: a table
export const seccompFlags = {
  'thread-sync': 1, 'log': 2, 'spec-allow': 4, 'new-listener': 8, 'thread-sync-errno': 16, 'wait-killable-receive': 32,
} as const;

/** RLIMIT_*, in the order of their numbers (asm-generic/resource.h). */
// biome-ignore format: a table
export const LIMIT_NAMES = [
  'cpuTime', 'fileSize', 'dataSize', 'stackSize', 'coreSize', 'residentSize', 'processes', 'openFiles', 'lockedMemory',
  'addressSpace', 'fileLocks', 'pendingSignals', 'messageQueueBytes', 'nice', 'realtimePriority', 'realtimeTime',
] as const;

/** RLIM_INFINITY. */
export const NO_LIMIT = 18446744073709551615n;

/** CAP_* by number (uapi/linux/capability.h). */
// biome-ignore format: a table
export const CAPABILITY_NAMES = [
  'chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap',
  'linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw', 'ipc_lock', 'ipc_owner',
  'sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct', 'sys_admin', 'sys_boot', 'sys_nice',
  'sys_resource', 'sys_time', 'sys_tty_config', 'mknod', 'lease', 'audit_write', 'audit_control', 'setfcap',
  'mac_override', 'mac_admin', 'syslog', 'wake_alarm', 'block_suspend', 'audit_read', 'perfmon', 'bpf',
  'checkpoint_restore',
] as const;

/** SECBIT_* of capabilities(7). */
// biome-ignore format: a table
export const secureBits = {
  'no-root': 1, 'no-root-locked': 2, 'no-setuid-fixup': 4, 'no-setuid-fixup-locked': 8, 'keep-capabilities': 16,
  'keep-capabilities-locked': 32, 'no-ambient-raise': 64, 'no-ambient-raise-locked': 128,
} as const;

/** MEMBARRIER_CMD_REGISTER_*, as the kernel reports them (uapi/linux/membarrier.h). */
// biome-ignore format: a table
export const membarrierRegistrations = {
  'global-expedited': 4, 'private-expedited': 16, 'private-expedited-sync-core': 64, 'private-expedited-rseq': 256,
} as const;

/** PF_* task flags that CRIU keeps (include/linux/sched.h); the rest are kept as bits. */
// biome-ignore format: a table
export const taskFlags = {
  'exiting': 0x4, 'superuser-privileges': 0x100, 'forked-no-exec': 0x40, 'dumped-core': 0x200, 'signaled': 0x400,
  'memory-allocating': 0x800, 'kernel-thread': 0x200000, 'randomize': 0x400000,
} as const;

/** ELF machine names as the document spells architectures (the numbers are CRIU's core_entry.march). */
// biome-ignore format: a table
export const architectures = {
  'x86-64': 1, 'arm': 2, 'aarch64': 3, 'ppc64': 4, 's390': 5, 'mips': 6, 'loongarch64': 7, 'riscv64': 8,
} as const;

/** AT_* of getauxval(3). */
// biome-ignore format: a table
export const auxiliaryTypes = {
  'null': 0, 'ignore': 1, 'program-fd': 2, 'program-headers': 3, 'program-header-size': 4, 'program-header-count': 5,
  'page-size': 6, 'interpreter-base': 7, 'flags': 8, 'entry': 9, 'not-elf': 10, 'uid': 11, 'euid': 12, 'gid': 13,
  'egid': 14, 'platform': 15, 'hardware-capabilities': 16, 'clock-ticks': 17, 'secure': 23, 'base-platform': 24,
  'random': 25, 'hardware-capabilities-2': 26, 'rseq-feature-size': 27, 'rseq-align': 28,
  'hardware-capabilities-3': 29, 'hardware-capabilities-4': 30, 'executable-name': 31, 'sysinfo': 32, 'vdso': 33,
  'minimum-signal-stack': 51,
} as const;
