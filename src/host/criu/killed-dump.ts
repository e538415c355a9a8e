/** What is left in the kernel when a CRIU is killed in a dump, and nobody else takes away. */
import { removeLocksOf } from '../nftables.js';
import { runPerl } from '../perl.js';
import { readDescriptors } from '../proc/descriptors.js';
import { descendants } from '../proc/family.js';
import { listTasks } from '../proc/process.js';
import { readConnections } from '../sockets/index.js';

/** pidfd_open and pidfd_getfd, which have the same numbers on all that CRIU runs on. */
const CALLS = ['434', '438'];

/**
 * Ends the repair mode of all TCP sockets of the processes named, by copies of their descriptors. It had taken their
 * SO_REUSEADDR, without which the port of a server that ends could not be bound again (criu/sk-tcp.c, tcp_unlock_one()).
 * Numbers: SOL_TCP 6, TCP_REPAIR 19; SOL_SOCKET 1, SO_REUSEADDR 2.
 */
const SCRIPT = `
use strict; my ($open, $getfd, @pids) = map { $_ + 0 } @ARGV;
for my $pid (@pids) {
  my $handle = syscall($open, $pid, 0);
  next if $handle < 0 || !opendir(my $folder, "/proc/$pid/fd");
  for my $fd (grep { (readlink("/proc/$pid/fd/$_") // '') =~ /^socket:/ } readdir $folder) {
    my $copy = syscall($getfd, $handle, $fd + 0, 0);
    next if $copy < 0 || !open(my $socket, '+<&=', $copy);
    my $repair = getsockopt($socket, 6, 19);
    next if !defined $repair || unpack('i', $repair) != 1;
    setsockopt($socket, 6, 19, pack('i', 0)); setsockopt($socket, 1, 2, pack('i', 1));
  }
}
`;

/** The tree stands still as long as this takes. */
const LIMIT_MS = 10_000;

/**
 * Does for a CRIU that was killed in a dump what it does itself before it lets a tree run on: takes away the rules that drop
 * the packets of the tree's connections, and ends their repair mode, in which every read fails with EPERM
 * (net/ipv4/tcp.c, tcp_recvmsg_locked()).
 */
export async function freeConnections(root: number): Promise<void> {
  const pids = familyOf(root).map(({ pid }) => pid);
  await runPerl(SCRIPT, [...CALLS, ...pids.map(String)], { limit: LIMIT_MS });
  const own = new Set(pids.flatMap(pid => readDescriptors(pid).map(({ target }) => target)));
  await removeLocksOf(readConnections(root).filter(({ inode }) => own.has(`socket:[${inode}]`)));
}

/**
 * Keeps a tree that CRIU has stopped standing still when CRIU is ended, which would let it run at once; for as long as its
 * connections are not fit to be read.
 * @returns lets it run on
 */
export function standStill(root: number, wasStopped: ReadonlySet<number>): () => void {
  const members = familyOf(root).filter(({ pid }) => !wasStopped.has(pid));
  const send = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const { pid } of members) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended.
      }
    }
  };
  send('SIGSTOP');
  return () => send('SIGCONT');
}

function familyOf(root: number) {
  return descendants(root, listTasks());
}
