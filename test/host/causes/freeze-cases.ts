import type { ToolboxVersion } from '../../../scripts/toolbox/index.js';
import type { FailureCode } from '../../../src/errors.js';

/** A situation in which CRIU refuses to freeze, and the code under which `ckpt freeze` says so. */
export interface FreezeCase {
  readonly code: FailureCode;
  /** Of the zoo: test/host/zoo/creatures. */
  readonly creature: string;
  readonly options?: readonly string[];
  /** Another CRIU than the one of the other tests. */
  readonly criu?: ToolboxVersion;
}

const small = ['--ghost-limit', '1M'];

export const freezeCases: readonly FreezeCase[] = [
  { code: 'criu-traced', creature: 'traced_from_outside' },
  { code: 'criu-shared-address-space', creature: 'shared_address_space' },
  { code: 'criu-mount-gone', creature: 'unmounted_file' },
  { code: 'criu-deleted-too-big', creature: 'deleted_big', options: small },
  { code: 'criu-userfaultfd', creature: 'userfaultfd' },
  { code: 'criu-perf-event', creature: 'perf_event' },
  { code: 'criu-bpf', creature: 'bpf_map' },
  { code: 'criu-kernel-object', creature: 'landlock' },
  { code: 'criu-device', creature: 'device' },
  { code: 'criu-block-device', creature: 'block_device' },
  { code: 'criu-io-uring', creature: 'io_uring' },
  { code: 'criu-packet-pipe', creature: 'packet_pipe' },
  { code: 'criu-process-handle', creature: 'pidfd_outside' },
  { code: 'criu-unix-outside', creature: 'unix_client_inside' },
  { code: 'criu-tcp-not-accepted', creature: 'tcp_pending' },
  { code: 'criu-tcp-connected', creature: 'tcp_inside', options: ['--tcp', 'refuse'] },
  { code: 'criu-mptcp', creature: 'mptcp' },
  { code: 'criu-socket-family', creature: 'vsock' },
  { code: 'criu-path-only-socket', creature: 'path_only_socket' },
  { code: 'criu-sysv-memory', creature: 'sysv_memory' },
  { code: 'criu-secret-memory', creature: 'secret_memory' },
  { code: 'criu-terminal-outside', creature: 'terminal_outside' },
  { code: 'criu-own-terminal', creature: 'dev_tty' },
  { code: 'criu-pid-namespace-without-init', creature: 'inside_pid_namespace' },
  { code: 'criu-nested-namespace', creature: 'nested_host_name' },
  { code: 'criu-namespace-handle', creature: 'foreign_namespace_handle' },
];
