import { existsSync } from 'node:fs';
import type { ToolboxVersion } from '../../../scripts/toolbox/index.js';
import type { FailureCode } from '../../../src/errors.js';
import { refusesPasscred } from '../this-kernel.js';
import { inNewNetwork, inOtherPids, without, withoutTerminals } from './weaker.js';

/** A situation in which CRIU refuses to freeze, and the code under which `ckpt freeze` says so. */
export interface FreezeCase {
  readonly code: FailureCode;
  /** Of the zoo: test/host/zoo/creatures. */
  readonly creature: string;
  readonly options?: readonly string[];
  /** Put in front of the command. */
  readonly inside?: readonly string[];
  /** Another CRIU than the one of the other tests. */
  readonly criu?: ToolboxVersion;
  /** Whether the root is killed just before CRIU comes. */
  readonly killed?: true;
  /** Whether somebody stops the root and lets it go on all the time, so that nothing follows from how it stands. */
  readonly restless?: true;
  /** Why it cannot be provoked here. */
  readonly skip?: string | undefined;
}

export const freezeCases: readonly FreezeCase[] = [
  { code: 'criu-traced', creature: 'traced_from_outside' },
  { code: 'criu-disturbed', creature: 'stopped_over_and_over', restless: true },
  { code: 'criu-code-shared', creature: 'lowest_code_shared' },
  { code: 'criu-shared-address-space', creature: 'shared_address_space' },
  { code: 'criu-rlimit-of-other', creature: 'other_user', inside: without('sys_resource') },
  {
    code: 'criu-descriptors-kept',
    creature: 'many_files',
    inside: [...without('sys_resource'), 'prlimit', '--nofile=64:64'],
  },
  { code: 'freeze-tree-vanished', creature: 'alone', killed: true },
  { code: 'criu-foreign-proc', creature: 'alone', inside: inOtherPids },
  { code: 'criu-mount-gone', creature: 'unmounted_file' },
  { code: 'criu-mapping-elsewhere', creature: 'own_mounts' },
  { code: 'criu-deleted-too-big', creature: 'deleted_big', options: ['--ghost-limit', '1M'] },
  { code: 'criu-userfaultfd', creature: 'userfaultfd' },
  { code: 'criu-perf-event', creature: 'perf_event' },
  { code: 'criu-bpf', creature: 'bpf_map' },
  { code: 'criu-seccomp-listener', creature: 'seccomp_listener' },
  { code: 'criu-kernel-object', creature: 'landlock' },
  { code: 'criu-device', creature: 'device' },
  { code: 'criu-block-device', creature: 'block_device' },
  { code: 'criu-io-uring', creature: 'io_uring' },
  { code: 'criu-packet-pipe', creature: 'packet_pipe' },
  { code: 'criu-process-handle', creature: 'pidfd_outside' },
  { code: 'criu-watch-unreachable', creature: 'watch_in_sysfs' },
  { code: 'criu-tun-on-host', creature: 'tun_device' },
  { code: 'criu-unix-outside', creature: 'unix_client_inside' },
  { code: 'criu-tcp-not-accepted', creature: 'tcp_pending' },
  { code: 'criu-tcp-connected', creature: 'tcp_inside', options: ['--tcp', 'refuse'] },
  { code: 'criu-mptcp', creature: 'mptcp' },
  { code: 'criu-socket-family', creature: 'vsock' },
  { code: 'criu-path-only-socket', creature: 'path_only_socket' },
  { code: 'criu-udp-corked', creature: 'udp_corked' },
  { code: 'criu-netlink-unread', creature: 'netlink_unread' },
  {
    code: 'criu-passcred',
    creature: 'tcp_listening',
    criu: '4.1.1',
    skip: refusesPasscred ? undefined : 'kernels before 6.16 answer',
  },
  { code: 'criu-network-lock', creature: 'tcp_inside', inside: without('net_admin') },
  { code: 'criu-sysv-memory', creature: 'sysv_memory' },
  { code: 'criu-secret-memory', creature: 'secret_memory' },
  { code: 'criu-mapped-kernel-object', creature: 'mapped_counter' },
  {
    code: 'criu-uprobes',
    creature: 'probed',
    skip: existsSync('/sys/bus/event_source/devices/uprobe') ? undefined : 'the kernel has no uprobes',
  },
  { code: 'criu-terminal-outside', creature: 'terminal_outside' },
  { code: 'criu-own-terminal', creature: 'dev_tty' },
  { code: 'criu-terminal-in-flight', creature: 'terminal_in_flight' },
  { code: 'criu-pid-namespace-without-init', creature: 'inside_pid_namespace' },
  { code: 'criu-nested-namespace', creature: 'nested_host_name' },
  { code: 'criu-namespace-handle', creature: 'foreign_namespace_handle' },
  { code: 'criu-mount-kind', creature: 'mounts_ramfs' },
  { code: 'criu-mount-without-root', creature: 'mounts_bound_file' },
  { code: 'criu-mount-from-outside', creature: 'mounts_from_outside' },
  { code: 'criu-loopback-down', creature: 'alone', inside: inNewNetwork },
  { code: 'criu-no-devpts', creature: 'alone', inside: withoutTerminals },
];
