/** What it means to leave a field out, by message and field: decided by its value. */
import type { WireMessage, WireValue } from '../../image-format/criu/image-set.js';
import { NO_GROUPS } from './ping-groups.js';

type Verdict = 'nothing' | readonly ['harmless' | 'degrading' | 'fatal', string];

/** Nothing is lost when the field holds what the older release assumes. */
function unless(assumed: WireValue, severity: 'harmless' | 'degrading' | 'fatal', reason: string) {
  return (value: WireValue): Verdict => (value === assumed ? 'nothing' : [severity, reason]);
}

function always(severity: 'harmless' | 'degrading' | 'fatal', reason: string) {
  return (): Verdict => [severity, reason];
}

function unlessEmpty(severity: 'degrading' | 'fatal', reason: string) {
  return (value: WireValue): Verdict => {
    const list = Array.isArray(value) ? (value as readonly WireValue[]) : Object.values(value as WireMessage);
    return list.every(item => item === 0 || (Array.isArray(item) && item.length === 0))
      ? 'nothing'
      : [severity, reason];
  };
}

const kernelDefault = 50_000n;

export const forgottenFields: Readonly<Record<string, (value: WireValue) => Verdict>> = {
  // 3.18 to 4.1
  'cg_controller_entry.is_threaded': unless(
    false,
    'degrading',
    'threads of one process in different cgroups come back in one',
  ),
  'core_entry.ti_loongarch64': always('fatal', 'CRIU before 3.19 does not run on LoongArch'),
  'core_entry.ti_riscv64': always('fatal', 'CRIU before 4.1 does not run on RISC-V'),
  'creds_entry.no_new_privs': unless(
    0,
    'degrading',
    'no_new_privs is not set again: set-user-ID programs gain privileges',
  ),
  'creds_entry.cap_amb': unlessEmpty('degrading', 'ambient capabilities are not set again'),
  'file_entry.pidfd': always('fatal', 'CRIU before 4.1 cannot restore a pidfd'),
  'inet_sk_entry.tcp_opts': unlessEmpty('degrading', 'options of the TCP socket are not set again'),
  'inventory_entry.plugins_entry': value =>
    (value as WireMessage).plugins === undefined
      ? 'nothing'
      : ['fatal', 'CRIU plugins took part in the freeze, and the older CRIU does not say which it needs'],
  'inventory_entry.dump_criu_run_id': always(
    'harmless',
    'it only names the network lock rules of the freeze',
  ),
  'ip_opts_entry.pktinfo': unless(
    false,
    'degrading',
    'IP_PKTINFO is not set again: packets arrive without their address',
  ),
  'ip_opts_entry.tos': unless(0, 'degrading', 'IP_TOS is not set again: packets lose their priority'),
  'ip_opts_entry.ttl': unless(
    64,
    'degrading',
    'IP_TTL is not set again: packets live as long as the system says',
  ),
  'memfd_inode_entry.mode': value =>
    ((value as number) & 0o7777) === 0o777 ? 'nothing' : ['degrading', 'the memfd comes back with mode 0777'],
  'netns_entry.ipv4_sysctl': value =>
    (value as readonly WireMessage[]).every(({ sarg }) => sarg === NO_GROUPS)
      ? 'nothing'
      : ['degrading', 'which groups may send pings in the network namespace is not set again'],
  'task_core_entry.stop_signo': unless(
    19,
    'harmless',
    'the stopped process looks as if SIGSTOP had stopped it',
  ),
  'task_core_entry.membarrier_registration_mask': unless(
    0,
    'degrading',
    'membarrier registrations are lost: expedited membarrier calls fail with EPERM',
  ),
  'thread_core_entry.cg_set': always('degrading', 'the thread stays in the cgroups that CRIU runs in'),
  'thread_info_aarch64.pac_keys': always(
    'fatal',
    'pointer authentication keys are lost: the process would crash',
  ),
  'user_x86_xsave_entry.cet': value =>
    (value as WireMessage).cet === 0n && (value as WireMessage).ssp === 0n
      ? 'nothing'
      : ['fatal', 'the process uses a shadow stack, which CRIU before 4.0 does not know'],
  // 4.2
  'inventory_entry.allow_uprobes': always('harmless', 'it only says that uprobes were tolerated'),
  'pagemap_entry.nr_pages': always('fatal', 'pages would be lost'),
  // 4.3
  // the step `fifo-writers` has taken it away by then, and said what is lost
  'fifo_entry.wait_writer': () => 'nothing',
  'inet_sk_entry.uid': unless(
    0,
    'degrading',
    'the socket belongs to root: what looks sockets up by their owner sees that',
  ),
  'inventory_entry.compress': unless(
    0,
    'fatal',
    'the pages are compressed, which CRIU before 4.3 cannot read',
  ),
  'inventory_entry.compress_block_size': always('harmless', 'it only says how pages would be compressed'),
  'pagemap_entry.blocks': always('fatal', 'the pages are compressed, which CRIU before 4.3 cannot read'),
  'pipe_entry.uid': unless(
    0,
    'degrading',
    'the pipe belongs to root: opening it again through /proc can fail',
  ),
  'pipe_entry.gid': unless(0, 'harmless', 'the pipe belongs to the group root'),
  'sk_packet_entry.ucred': always('degrading', 'a queued message loses the credentials of its sender'),
  'thread_core_entry.timerslack_ns': unless(
    kernelDefault,
    'degrading',
    'the timer slack is the default again',
  ),
  'thread_info_aarch64.gcs': always(
    'fatal',
    'the process uses a guarded control stack, which CRIU before 4.3 does not know',
  ),
  'userns_entry.binfmt_misc': always('degrading', 'binary formats registered in the user namespace are lost'),
};
