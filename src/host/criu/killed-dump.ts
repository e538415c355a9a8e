/** What is left in the kernel when a CRIU is killed in a dump, and nobody else takes away. */
import { perlCommand } from '../perl.js';
import { run } from '../run.js';
import { connectionsOf, familyOf } from '../tree-connections.js';

/** pidfd_open and pidfd_getfd, which have the same numbers on all that CRIU runs on. */
const CALLS = ['434', '438'];

/**
 * Has processes stand still, ends a CRIU that holds them, does for their connections what it would have done itself, and lets
 * them run on. All of it in one program, which goes on when `ckpt` is killed meanwhile: nobody else would let them run on.
 * - That a CRIU has ended is said by its state: who waits for it may be gone.
 * - Repair mode is ended by copies of the descriptors. It had taken the sockets' SO_REUSEADDR, without which the port of a
 *   server that ends could not be bound again (criu/sk-tcp.c, tcp_unlock_one()). Numbers: SOL_TCP 6, TCP_REPAIR 19;
 *   SOL_SOCKET 1, SO_REUSEADDR 2.
 * - The name of the rules that drop their packets is not known: they are found by the connections in them.
 * Reads lines: the PIDs of that CRIU, of who is to stand still, and of the tree, and the connections, each as in rules.
 */
const SCRIPT = `
use strict;
my ($open, $getfd) = map { $_ + 0 } @ARGV;
chomp(my ($hung, $still, $members, @ends) = <STDIN>);
exit 1 if pop @ends ne 'whole';
my @still = split ' ', $still;
my %ends = map { $_ => 1 } @ends;
kill 'STOP', @still;
kill 'KILL', split ' ', $hung;
for my $pid (split ' ', $hung) {
  for (1 .. 500) {
    open(my $stat, '<', "/proc/$pid/stat") or last;
    last if <$stat> =~ /\\) [ZX] /;
    select undef, undef, undef, 0.02;
  }
}
for my $pid (map { $_ + 0 } split ' ', $members) {
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
my ($table, %locks);
for (@ends ? qx(timeout 10 nft --numeric list ruleset inet 2>/dev/null) : ()) {
  $table = $1 if /^table inet (\\S+) \\{/;
  for my $end (/[0-9a-f:.]+ \\. \\d+ \\. [0-9a-f:.]+ \\. \\d+/g) {
    $locks{$table} = 1 if $table =~ /^CRIU-/ && $ends{$end};
  }
}
system 'timeout', '10', 'nft', 'delete', 'table', 'inet', $_ for keys %locks;
kill 'CONT', @still;
`;

/**
 * Does for a CRIU that was killed in a dump what it does itself before it lets a tree run on: takes away the rules that drop
 * the packets of the tree's connections, and ends their repair mode, in which every read fails with EPERM
 * (net/ipv4/tcp.c, tcp_recvmsg_locked()).
 */
export async function freeConnections(root: number): Promise<void> {
  await helped(root, [], []);
}

/**
 * The same for one that hangs, which is ended only while its tree stands still: else the tree would run at once, before its
 * connections are fit to be read.
 * @param hung PIDs of that CRIU and of what it started
 * @param wasStopped members that are to stay stopped
 * @returns whether it could be done
 */
export async function endHolder(
  root: number,
  hung: readonly number[],
  wasStopped: ReadonlySet<number>,
): Promise<boolean> {
  return helped(
    root,
    hung,
    familyOf(root).filter(pid => !wasStopped.has(pid)),
  );
}

async function helped(root: number, hung: readonly number[], still: readonly number[]): Promise<boolean> {
  const members = familyOf(root);
  const ends = connectionsOf(root).map(({ local, remote }) => `${local} . ${remote}`);
  const lines = [...[hung, still, members].map(pids => pids.join(' ')), ...new Set(ends), 'whole'];
  const [perl, ...words] = perlCommand(SCRIPT, CALLS);
  const { status } = await run(perl, words, {
    ...{ input: `${lines.join('\n')}\n`, detached: true },
    // It has limits of its own, at none of which it leaves somebody stopped.
    limit: 0,
  });
  return status === 0;
}
