import type { Verdict } from '../../../src/checkpoint/check/index.js';
import { RARE_ANSWERS } from './rare-answers.js';

/** What is right for a situation, by hand: its ties (see describe.ts), the verdict, and the rules behind it. */
export interface Answer {
  readonly verdict: Verdict;
  /** Left out where it depends on this machine. */
  readonly because?: readonly string[];
  readonly ties: readonly string[];
}

/** With CRIU 4.2.1, deleted files carried up to 1 MiB, TCP kept, no --shell-job. Notes are left out. */
const COMMON: Readonly<Record<string, Answer>> = {
  alone: { verdict: 'can', because: [], ties: [] },
  family_with_pipe: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group reader root writer',
      'inside parent reader root',
      'inside parent root writer',
      'inside pipe reader root writer',
      'inside session reader root writer',
    ],
  },
  two_trees: { verdict: 'can', because: [], ties: [] },
  two_trees_one_pipe: { verdict: 'cannot', because: ['tie:pipe'], ties: ['blocking pipe root second'] },
  not_a_leader: {
    verdict: 'cannot',
    because: ['tie:session'],
    ties: ['blocking session root !leader', 'crossing group root !leader'],
  },
  leader_leaves_member: {
    verdict: 'cannot-know',
    because: ['tie:session', 'tie:group'],
    ties: ['crossing group root !orphan', 'crossing session root !orphan'],
  },
  zombie_child: {
    verdict: 'can',
    because: [],
    ties: ['inside group python3 root', 'inside parent python3 root', 'inside session python3 root'],
  },
  stopped: {
    verdict: 'can',
    because: [],
    ties: ['inside group halted root', 'inside parent halted root', 'inside session halted root'],
  },
  vfork_parent: {
    verdict: 'cannot',
    because: ['stuck', 'shared-address-space'],
    ties: [
      'inside group python3 root',
      'inside parent python3 root',
      'inside session python3 root',
      'inside shared-memory python3 root',
    ],
  },
  threads: { verdict: 'can', because: [], ties: [] },
  dead_main_thread: { verdict: 'cannot', because: ['dead-root', 'dead-main-thread'], ties: [] },
  pipe_to_outside: { verdict: 'can-with-losses', because: ['tie:pipe'], ties: ['crossing pipe root !outer'] },
  fifo_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside fifo peer root',
      'inside group peer root',
      'inside parent peer root',
      'inside session peer root',
    ],
  },
  fifo_to_outside: { verdict: 'can-with-losses', because: ['tie:fifo'], ties: ['crossing fifo root !outer'] },
  packet_pipe: { verdict: 'cannot', because: ['packet-pipe'], ties: [] },
  unix_pair_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group peer root',
      'inside parent peer root',
      'inside session peer root',
      'inside unix peer root',
    ],
  },
  unix_client_inside: { verdict: 'cannot', because: ['tie:unix'], ties: ['blocking unix root !outer'] },
  unix_server_inside: { verdict: 'cannot', because: ['tie:unix'], ties: ['blocking unix root !outer'] },
  unix_listening: { verdict: 'can', because: [], ties: [] },
  unix_abstract_listening: { verdict: 'can', because: [], ties: [] },
  unix_pending_outside: {
    verdict: 'can-with-losses',
    because: ['tie:unix'],
    ties: ['crossing unix root !outer'],
  },
  unix_pending_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group peer root',
      'inside parent peer root',
      'inside session peer root',
      'inside unix peer root',
    ],
  },
  unix_pending_on_outside: { verdict: 'cannot', because: ['tie:unix'], ties: ['blocking unix root !outer'] },
  datagram_to_outside: { verdict: 'cannot', because: ['tie:unix'], ties: ['blocking unix root !outer'] },
  datagram_from_outside: {
    verdict: 'can-with-losses',
    because: ['tie:unix'],
    ties: ['crossing unix root !outer'],
  },
  inherited_listener: {
    verdict: 'can-with-losses',
    because: ['tie:socket'],
    ties: ['crossing socket root !outer'],
  },
  tcp_listening: { verdict: 'can', because: [], ties: [] },
  tcp_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group peer root',
      'inside parent peer root',
      'inside session peer root',
      'inside tcp peer root',
    ],
  },
  tcp_to_outside: { verdict: 'can-with-losses', because: ['tie:tcp'], ties: ['crossing tcp root !outer'] },
  tcp_pending: { verdict: 'cannot-know', because: ['tcp-waiting'], ties: [] },
  udp_to_outside: { verdict: 'can-with-losses', because: ['tie:udp'], ties: ['crossing udp root !outer'] },
  mptcp: { verdict: 'cannot', because: ['mptcp'], ties: [] },
  vsock: { verdict: 'cannot', because: ['socket-family'], ties: [] },
  netlink: { verdict: 'can', because: [], ties: [] },
  packet_socket: { verdict: 'can', because: [], ties: [] },
  unbound_sockets: { verdict: 'can', because: [], ties: [] },
  shared_memory_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group peer root',
      'inside parent peer root',
      'inside session peer root',
      'inside shared-memory peer root',
    ],
  },
  shared_memory_outside: {
    verdict: 'can-with-losses',
    because: ['tie:shared-memory'],
    ties: ['crossing shared-memory root !outer'],
  },
  memfd_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group peer root',
      'inside memfd peer root',
      'inside parent peer root',
      'inside session peer root',
    ],
  },
  memfd_outside: { verdict: 'can-with-losses', because: ['tie:memfd'], ties: ['crossing memfd root !outer'] },
  memfd_held_outside: {
    verdict: 'can-with-losses',
    because: ['tie:memfd'],
    ties: ['crossing memfd root !outer'],
  },
  mapped_file_outside: {
    verdict: 'can-with-losses',
    because: ['tie:shared-mapping', 'tie:open-file'],
    ties: ['crossing open-file root !outer', 'crossing shared-mapping root !outer'],
  },
  sysv_memory: { verdict: 'cannot', because: ['sysv-shared-memory'], ties: [] },
  sysv_semaphore: {
    verdict: 'can-with-losses',
    because: ['sysv-left-behind', 'tie:sysv-semaphores'],
    ties: ['crossing sysv-semaphores root !outer'],
  },
  sysv_queue: {
    verdict: 'can-with-losses',
    because: ['sysv-left-behind', 'tie:sysv-messages'],
    ties: ['crossing sysv-messages root !outer'],
  },
  posix_queue: { verdict: 'cannot', because: ['message-queue'], ties: [] },
  userfaultfd: { verdict: 'cannot', because: ['userfaultfd'], ties: [] },
  secret_memory: { verdict: 'cannot', because: ['secret-memory', 'secret-mapping'], ties: [] },
  open_file_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group peer root',
      'inside open-file peer root',
      'inside parent peer root',
      'inside session peer root',
    ],
  },
  open_file_outside: {
    verdict: 'can-with-losses',
    because: ['tie:open-file'],
    ties: ['crossing open-file root !outer'],
  },
  same_file_opened_twice: { verdict: 'can', because: [], ties: [] },
  file_lock_alone: { verdict: 'can', because: [], ties: [] },
  file_lock_contended: {
    verdict: 'can-with-losses',
    because: ['tie:file-lock'],
    ties: ['crossing file-lock root !waiter'],
  },
  deleted_small: { verdict: 'can', because: [], ties: [] },
  deleted_big: { verdict: 'cannot', because: ['deleted-too-big'], ties: [] },
  deleted_folder: { verdict: 'can', because: [], ties: [] },
  path_only_socket: { verdict: 'cannot', because: ['path-only-special'], ties: [] },
  device: { verdict: 'cannot', because: ['character-device'], ties: [] },
  block_device: { verdict: 'cannot', because: ['block-device'], ties: [] },
  harmless_devices: { verdict: 'can', because: [], ties: [] },
  eventfd_outside: {
    verdict: 'can-with-losses',
    because: ['tie:eventfd'],
    ties: ['crossing eventfd root !outer'],
  },
  eventfd_semaphore: { verdict: 'can-with-losses', because: ['eventfd-semaphore'], ties: [] },
  eventfd_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside eventfd peer root',
      'inside group peer root',
      'inside parent peer root',
      'inside session peer root',
    ],
  },
  epoll_outside: { verdict: 'can-with-losses', because: ['tie:epoll'], ties: ['crossing epoll root !outer'] },
  all_anonymous_alone: { verdict: 'can', because: [], ties: [] },
  io_uring: { verdict: 'cannot', because: ['io-uring'], ties: [] },
  perf_event: { verdict: 'cannot', because: ['perf-event'], ties: [] },
  landlock: { verdict: 'cannot', because: ['anonymous-file'], ties: [] },
  pidfd_inside: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group peer root',
      'inside parent peer root',
      'inside pidfd peer root',
      'inside session peer root',
    ],
  },
  pidfd_outside: { verdict: 'cannot', because: ['tie:pidfd'], ties: ['blocking pidfd root !outer'] },
  traced_from_outside: { verdict: 'cannot', because: ['tie:trace'], ties: ['blocking trace root !outer'] },
  tracing_inside: {
    verdict: 'cannot',
    because: ['tie:trace'],
    ties: [
      'blocking trace peer root',
      'inside group peer root',
      'inside parent peer root',
      'inside session peer root',
    ],
  },
  own_pid_namespace: { verdict: 'can', because: [], ties: [] },
  inside_pid_namespace: {
    verdict: 'cannot',
    because: ['pid-namespace-without-init', 'tie:namespace'],
    ties: ['crossing namespace root !init'],
  },
  nested_host_name: {
    verdict: 'cannot',
    because: ['nested-namespace'],
    ties: ['inside group peer root', 'inside parent peer root', 'inside session peer root'],
  },
  children_elsewhere: { verdict: 'can-with-losses', because: ['pid-namespace-for-children'], ties: [] },
  chroot: { verdict: 'can', because: [], ties: [] },
  seccomp_filter: { verdict: 'can', because: [], ties: [] },
  namespace_handle: { verdict: 'can', because: [], ties: [] },
  terminal_outside: { verdict: 'cannot', because: ['tie:terminal'], ties: ['blocking terminal root !outer'] },
  terminal_inside: {
    verdict: 'can',
    because: [],
    ties: ['inside parent root shell', 'inside terminal root shell'],
  },
  terminal_slave_outside: {
    verdict: 'cannot-know',
    because: ['tie:terminal'],
    ties: ['crossing terminal root !outer'],
  },
  deadline: { verdict: 'cannot', because: ['deadline-scheduling'], ties: [] },
  multiprocessing_pool: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group root worker0 worker1',
      'inside parent root worker0',
      'inside parent root worker1',
      'inside pipe root worker0 worker1',
      'inside pipe root worker0 worker1',
      'inside pipe root worker0 worker1',
      'inside pipe root worker0 worker1',
      'inside pipe root worker0 worker1',
      'inside pipe root worker1',
      'inside pipe root worker1',
      'inside posix-shared-memory root worker0 worker1',
      'inside posix-shared-memory root worker0 worker1',
      'inside posix-shared-memory root worker0 worker1',
      'inside posix-shared-memory root worker0 worker1',
      'inside posix-shared-memory root worker0 worker1',
      'inside posix-shared-memory root worker0 worker1',
      'inside session root worker0 worker1',
    ],
  },
};

export const ANSWERS: Readonly<Record<string, Answer>> = { ...COMMON, ...RARE_ANSWERS };
