import type { NoAnswer } from './rule.js';

/** CRIU prints these while it tries what it can do without, and goes on. */
export const harmless: readonly NoAnswer[] = [
  {
    says: /Can't setup RLIMIT_NOFILE for self/,
    such: "rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted",
    because: 'without CAP_SYS_RESOURCE it goes on with the limit that it has',
    source: 'criu/util.c, rlimit_unlimit_nofile()',
  },
  {
    says: /[Uu]nable to create tun|\/dev\/net\/tun/,
    such: 'tun: Unable to create tun: No such file or directory',
    because: 'it only asks whether the kernel has tun devices',
    source: 'criu/kerndat.c, criu/tun.c, check_tun_cr()',
  },
  {
    says: /-1 reported by netlink: Operation not permitted|Unable to create a veth pair|Unexpected error: -1\(Operation/,
    such: 'net: Unable to create a veth pair: -1',
    because: 'it only asks what the network of the kernel can do, and goes on without CAP_NET_ADMIN',
    source: 'criu/kerndat.c, criu/net.c, kerndat_link_nsid() and kerndat_nftables_concat()',
  },
  {
    says: /^exited, (?:status|signal)=/,
    such: 'exited, status=1',
    because: 'a program that it tried (iptables, say) is missing or old, and it goes on without',
    source: 'criu/util.c, cr_system_userns()',
  },
];

/** These repeat that something above them failed; the process that they name may be the one. */
export const echoes: readonly NoAnswer[] = [
  {
    says: /^(?:Pre-)?[Dd]umping FAILED|^Restoring FAILED/,
    such: 'Dumping FAILED.',
    because: 'it is the last line of each failed run',
    source: 'criu/cr-dump.c, criu/cr-restore.c',
  },
  {
    says: /^Dump (?:files|mappings|fs|core|eventpoll|ids) \(pid: (?<pid>\d+)\) failed with/,
    such: 'Dump files (pid: 4711) failed with -1',
    because: 'it only says for which process it failed',
    source: 'criu/cr-dump.c, dump_one_task()',
  },
  {
    says: /^Collect (?:mappings|fds) \(pid: (?<pid>\d+)\) failed with/,
    such: 'Collect mappings (pid: 4711) failed with -1',
    because: 'it only says for which process it failed',
    source: 'criu/cr-dump.c, dump_one_task()',
  },
  {
    says: /^Can't (?:dump misc|infect|cure|fixup vdso VMAs|get proc fd) \(pid: (?<pid>\d+)\)/,
    such: "Can't infect (pid: 4711) with parasite",
    because: 'it only says for which process it failed',
    source: 'criu/cr-dump.c, dump_one_task()',
  },
  {
    says: /Unable to detach from \d+: No such process/,
    such: 'Unable to detach from 4711: No such process',
    because: 'it lets go of a process that it never held',
    source: 'compel/src/lib/infect.c, compel_unseize_task()',
  },
  {
    says: /^Could not initialize kernel features detection/,
    such: 'Could not initialize kernel features detection.',
    because: 'the lines above it say which test failed',
    source: 'criu/crtools.c, main()',
  },
  {
    says: /^Unable to open fd=\d+ id=/,
    such: 'Unable to open fd=3 id=0x10',
    because: 'the line above it says why',
    source: 'criu/files.c, open_fdinfos()',
  },
  {
    says: /^\d+ (?:exited, status=|killed by signal|stopped by signal)/,
    such: '4711 exited, status=1',
    because: 'the process that was being rebuilt says why in the lines above',
    source: 'criu/cr-restore.c, sigchld_handler()',
  },
  {
    says: /(?:Script .*|hold )exited (?:with -1|, status=1)|One of more action scripts failed/,
    such: 'One of more action scripts failed',
    because: 'ckpt itself told CRIU to undo what it did',
    source: 'criu/action-scripts.c',
  },
  {
    says: /^(?:Aborting restore due to|Pre-resume script|Post-resume script|Killing processes because of failure)/,
    such: 'Killing processes because of failure on restore.',
    because: 'it only says what CRIU does now',
    source: 'criu/cr-restore.c, restore_root_task()',
  },
];
