import { runPerl } from '../perl.js';
import { FORGOTTEN_OPTIONS, MEMBERSHIPS, type SocketOption } from './forgotten-options.js';

/** A socket that processes have, by one of its descriptors, and what was set on it. */
export interface SetSocket {
  readonly pid: number;
  readonly fd: number;
  readonly options: readonly SocketOption[];
}

/** System call numbers: pidfd_open, pidfd_getfd, setsockopt, close. */
const CALLS: Readonly<Partial<Record<string, readonly number[]>>> = {
  x64: [434, 438, 54, 3],
  arm64: [434, 438, 208, 57],
};

/**
 * A line an option: PID, descriptor, name, level, number, kind, value, interface, `-` for none. What could not be set is printed,
 * with the reason. A struct group_req has the interface's number at 0 and the group at 8, group_source_req the source behind it.
 */
const SCRIPT = `
use strict; my ($open, $getfd, $set, $close) = map { $_ + 0 } @ARGV; my ($last, $fd) = ('', -1);
sub address { my ($bytes) = @_; my $four = length $bytes == 4;
  return pack($four ? 'SSa4x120' : 'SSx4a16x104', $four ? 2 : 10, 0, $bytes) }
while (my $line = <STDIN>) {
  chomp $line; my ($pid, $number, $name, $level, $option, $kind, $hex, $link) = split / /, $line;
  if ($last ne "$pid $number") {
    syscall($close, $fd) if $fd >= 0; $last = "$pid $number"; my $handle = syscall($open, $pid + 0, 0);
    $fd = $handle < 0 ? -1 : syscall($getfd, $handle, $number + 0, 0); my $why = $!; syscall($close, $handle) if $handle >= 0; $! = $why;
    if ($fd < 0) { print "$name $!\\n"; next }
  }
  next if $fd < 0;
  my $value = $hex eq '-' ? '' : pack('H*', $hex); my $index = 0;
  if ($link ne '-') {
    my $in; if (!open($in, '<', "/sys/class/net/$link/ifindex")) { print "$name there is no interface $link\\n"; next }
    $index = <$in> + 0;
  }
  $value = pack($kind eq 'interface' ? 'L' : 'N', $index) if $kind =~ /^interface/ && $link ne '-';
  if ($kind eq 'membership') { my $size = $level == 0 ? 4 : 16;
    $value = pack('Lx4', $index) . join('', map { address($_) } unpack("(a$size)*", $value)) }
  print "$name $!\\n" if syscall($set, $fd, $level + 0, $option + 0, $value, length $value) < 0;
}
`;

/**
 * Sets again what was set on sockets and CRIU forgets. For rebuilt processes that do not run on yet.
 * @returns what could not be done, a line each: the kernel may lack a module, or the machine an interface
 */
export async function setSocketOptions(sockets: readonly SetSocket[]): Promise<readonly string[]> {
  const lines = sockets.flatMap(({ pid, fd, options }) =>
    options.flatMap(option => {
      const words = wordsOf(option);
      return words === undefined ? [] : [[pid, fd, option.name, ...words].join(' ')];
    }),
  );
  if (lines.length === 0) return [];
  const calls = CALLS[process.arch];
  if (calls === undefined) return [`not known how on ${process.arch}`];
  const { status, stdout, stderr, startError } = await runPerl(SCRIPT, calls.map(String), {
    input: `${lines.join('\n')}\n`,
  });
  const trouble = status === 0 ? [] : [startError ?? (stderr.trim().split('\n')[0] || 'perl took too long')];
  return [...countedLines(stdout), ...trouble];
}

/** Undefined for a name that this ckpt does not know. */
function wordsOf({ name, value, interface: link = '-' }: SocketOption): readonly string[] | undefined {
  const row = FORGOTTEN_OPTIONS.find(one => one.name === name);
  if (row !== undefined) return [`${row.level}`, `${row.option}`, row.kind, value || '-', link];
  const number = new Map<string, number>(Object.entries(MEMBERSHIPS)).get(name);
  if (number === undefined) return undefined;
  const bytes = value.length / 2;
  const four = bytes === 4 || (bytes === 8 && name !== 'MCAST_JOIN_GROUP');
  return [four ? '0' : '41', `${number}`, 'membership', value || '-', link];
}

/** The same trouble of many sockets is one line. */
function countedLines(stdout: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of stdout.split('\n').filter(Boolean)) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => {
    const [name = '', ...why] = line.split(' ');
    return `${name}: ${why.join(' ')}${count > 1 ? ` (${count} times)` : ''}`;
  });
}
