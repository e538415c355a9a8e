import type { Answer } from './answer.js';

/** Of `everyday-programs.ts`. Those of one name are one in the ties. */
export const EVERYDAY_ANSWERS: Readonly<Record<string, Answer>> = {
  redis_and_its_replica: { verdict: 'can', because: [], ties: ['inside tcp redis-server'] },
  redis_replica_alone: {
    verdict: 'can-with-losses',
    because: ['tie:tcp'],
    ties: ['crossing tcp redis-server !redis-server'],
  },
  // Forked for the save, the child has what the server had open: its epoll, its pipes, and the connection of the client
  // that asked for the save and has gone.
  redis_saving: {
    verdict: 'can',
    because: [],
    ties: [
      'crossing remote redis-server ?',
      'inside epoll redis-server',
      'inside group redis-server',
      'inside parent redis-server',
      'inside pipe redis-server',
      'inside pipe redis-server',
      'inside session redis-server',
    ],
  },
  nginx_with_upstream: {
    verdict: 'cannot',
    because: ['tie:unix', 'tie:tcp'],
    ties: ['blocking unix nginx !python3', 'crossing tcp nginx !python3'],
  },
  // The first process listens for both; each worker has a channel to it.
  node_cluster: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group node',
      'inside parent node',
      'inside parent node',
      'inside session node',
      'inside unix node',
      'inside unix node',
    ],
  },
  node_worker_threads: { verdict: 'can', because: [], ties: [] },
  python_subprocess: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group cat python3',
      'inside parent cat python3',
      'inside pipe cat python3',
      'inside pipe cat python3',
      'inside session cat python3',
    ],
  },
  // Worker and resource tracker: three pipes of the queue and the spawning, one of the tracker; two semaphores without a
  // name and the block, which has one.
  python_shared_memory: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group python3',
      'inside parent python3',
      'inside parent python3',
      'inside pipe python3',
      'inside pipe python3',
      'inside pipe python3',
      'inside pipe python3',
      'inside posix-shared-memory python3',
      'inside posix-shared-memory python3',
      'inside posix-shared-memory python3',
      'inside session python3',
    ],
  },
  screen_detached: {
    verdict: 'can',
    because: [],
    ties: ['inside parent screen sleep', 'inside terminal screen sleep'],
  },
  shell_of_ssh_session: {
    verdict: 'cannot',
    because: ['tie:terminal'],
    ties: ['blocking terminal sleep !sshd'],
  },
  ssh_in_tmux: {
    verdict: 'can-with-losses',
    because: ['tie:tcp'],
    ties: ['crossing tcp ssh !sshd', 'inside parent ssh tmux: server', 'inside terminal ssh tmux: server'],
  },
  // It puts its children into groups of their own, and leaves them in its session.
  supervisor: {
    verdict: 'can',
    because: [],
    ties: [
      'inside parent sleep supervisord',
      'inside pipe sleep supervisord',
      'inside pipe sleep supervisord',
      'inside pipe sleep supervisord',
      'inside session sleep supervisord',
    ],
  },
  supervised_child: {
    verdict: 'cannot',
    because: ['started-again', 'tie:session', 'tie:pipe'],
    ties: [
      'blocking session sleep !supervisord',
      'crossing pipe sleep !supervisord',
      'crossing pipe sleep !supervisord',
      'crossing pipe sleep !supervisord',
    ],
  },
  haproxy: {
    verdict: 'can',
    because: [],
    ties: ['inside group haproxy', 'inside parent haproxy', 'inside session haproxy', 'inside unix haproxy'],
  },
  memcached: { verdict: 'can', because: [], ties: [] },
  syslog_with_writer: {
    verdict: 'can-with-losses',
    because: ['tie:unix'],
    ties: ['crossing unix rsyslogd !python3'],
  },
  // tail takes an interrupted poll for an error and ends: ckpt's thaw begins the poll again, which CRIU's does not.
  followed_log: {
    verdict: 'can',
    because: [],
    by: 'ckpt',
    ties: [
      'inside group bash grep tail',
      'inside parent bash grep',
      'inside parent bash tail',
      'inside pipe grep tail',
      'inside session bash grep tail',
    ],
  },
  held_by_flock: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group flock sleep',
      'inside open-file flock sleep',
      'inside parent flock sleep',
      'inside session flock sleep',
    ],
  },
  // The lock is taken by a `flock` that has ended, on what the shell and its child have open.
  script_with_lock: {
    verdict: 'can-with-losses',
    because: ['tie:file-lock'],
    ties: [
      'crossing file-lock bash sleep !flock',
      'inside group bash sleep',
      'inside open-file bash sleep',
      'inside parent bash sleep',
      'inside session bash sleep',
    ],
  },
  relay: {
    verdict: 'can-with-losses',
    because: ['tie:tcp'],
    ties: ['crossing tcp socat !socat', 'crossing tcp socat !socat'],
  },
  traced_by_strace: { verdict: 'cannot', because: ['tie:trace'], ties: ['blocking trace sleep !strace'] },
  // Write-ahead logging shares memory by a mapped file; locks that nobody waits for tie nobody.
  database_in_two_programs: {
    verdict: 'can-with-losses',
    because: ['tie:shared-mapping'],
    // The database, its log and its index.
    ties: [
      'crossing shared-mapping python3 !python3',
      'crossing written-file python3 !python3',
      'crossing written-file python3 !python3',
      'crossing written-file python3 !python3',
    ],
  },
  shell_with_coprocess: {
    verdict: 'can',
    because: [],
    ties: [
      'inside group bash cat',
      'inside parent bash cat',
      'inside pipe bash cat',
      'inside pipe bash cat',
      'inside session bash cat',
    ],
  },
  ssh_agent: { verdict: 'can', because: [], ties: [] },
  program_under_sudo: {
    verdict: 'can',
    because: [],
    ties: ['inside group sleep sudo', 'inside parent sleep sudo', 'inside session sleep sudo'],
  },
};
