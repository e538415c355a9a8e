/**
 * What neither /proc nor sock-diag tells and only a system call on the very descriptor or thread does. perl asks, as in
 * kcmp.ts; of a descriptor it takes a copy for a moment (pidfd_getfd), which reads, moves and changes nothing.
 */
import { runPerl } from '../perl.js';
import { ASK_FORGOTTEN, readOptions, type SocketOption } from '../sockets/forgotten-options.js';
import type { Slot } from './kcmp.js';

/** What CRIU stumbles over in a descriptor, and what a thaw may. */
export interface DescriptorSettings {
  /** Each message read from this unix socket comes with its sender's user, or a handle of it (SO_PASSCRED, SO_PASSPIDFD). */
  readonly namesSender: 'user' | 'handle' | undefined;
  /** A BPF program filters what the socket receives; a classic filter does not count. */
  readonly kernelProgram: boolean;
  /** Half a datagram is written (UDP_CORK). */
  readonly corked: boolean;
  /** Belongs to a netlink group above 32. */
  readonly highGroup: boolean;
  /** Upper layer protocol of a TCP connection (`tls`). */
  readonly upperLayer: string | undefined;
  /** Which process SIGIO goes to. */
  readonly owner: number | undefined;
  /** What was set on a socket, and CRIU forgets. */
  readonly options: readonly SocketOption[];
}

/** System call numbers: pidfd_open, pidfd_getfd, getsockopt, fcntl, kcmp, ioprio_get, close. */
const CALLS: Readonly<Partial<Record<string, readonly number[]>>> = {
  x64: [434, 438, 55, 72, 312, 252, 3],
  arm64: [434, 438, 209, 25, 272, 31, 57],
};

/**
 * A line a question: `f PID FD`, `c PID FD…` (what it has open), `e PID EPOLL TFD NTH` (which of those is the watched file?), `t PID TID…`
 * (which threads have descriptors or folders of their own?), `s PID RANGE` (seals of a mapped memory file), `i PID`.
 * Numbers: SOL_SOCKET 1, SO_PASSCRED 16, SO_GET_FILTER 26, SO_PASSPIDFD 76; SOL_UDP 17, UDP_CORK 1; SOL_TCP 6, TCP_ULP
 * 31; SOL_NETLINK 270, NETLINK_LIST_MEMBERSHIPS 9; F_GETOWN_EX 16; KCMP_FILES 2, KCMP_FS 3, KCMP_EPOLL_TFD 7.
 */
const SCRIPT = `
use strict; use Errno; my ($open, $getfd, $sockopt, $fcntl, $kcmp, $ioprio, $close) = map { $_ + 0 } @ARGV;
sub opt { my ($fd, $level, $name, $size, $given) = @_; my $v = ($given // '') . "\\0" x ($size - length($given // '')); my $l = pack('i', $size);
  return syscall($sockopt, $fd, $level + 0, $name + 0, $v, $l) < 0 ? undef : substr($v, 0, unpack('i', $l)) }
${ASK_FORGOTTEN}
my ($last, $handle, @open) = (0, -1);
while (my $line = <STDIN>) {
  chomp $line; my ($verb, $pid, @rest) = split / /, $line; my @say;
  if ($verb eq 'f') {
    if ($last != $pid) { syscall($close, $handle) if $handle >= 0; $handle = syscall($open, $pid + 0, 0); $last = $pid }
    my $fd = $handle < 0 ? -1 : syscall($getfd, $handle, $rest[0] + 0, 0);
    if ($fd < 0) { print "?\\n"; next }
    my $int = sub { my $v = opt($fd, @_, 4); defined $v && length $v == 4 && unpack('i', $v) };
    push @say, 'user' if $int->(1, 16); push @say, 'handle' if $int->(1, 76);
    my $none = ''; my $length = pack('i', 0);
    push @say, 'program' if syscall($sockopt, $fd, 1, 26, $none, $length) < 0 && $!{EACCES};
    push @say, 'corked' if $int->(17, 1);
    my $groups = opt($fd, 270, 9, 64);
    push @say, 'group' if defined $groups && substr($groups, 4) =~ /[^\\0]/;
    my $upper = opt($fd, 6, 31, 16); push @say, "upper=$1" if defined $upper && $upper =~ /^(\\w+)/;
    my $owner = pack('ii', 0, 0);
    if (syscall($fcntl, $fd, 16, $owner) == 0) { my ($type, $who) = unpack('ii', $owner); push @say, "owner=$who" if $who > 0 && $type < 2 }
    push @say, forgotten($fd, $pid);
    syscall($close, $fd);
  } elsif ($verb eq 'c') {
    @open = @rest;
  } elsif ($verb eq 'e') {
    my ($epoll, $watched, $nth) = @rest; my $slot = pack('LLL', $epoll, $watched, $nth);
    for my $fd ($watched, @open) { if (syscall($kcmp, $pid + 0, $pid + 0, 7, $fd + 0, $slot) == 0) { push @say, $fd; last } }
  } elsif ($verb eq 't') {
    for my $tid (@rest) {
      push @say, "files:$tid" if syscall($kcmp, $pid + 0, $tid + 0, 2, 0, 0) > 0;
      push @say, "folder:$tid" if syscall($kcmp, $pid + 0, $tid + 0, 3, 0, 0) > 0;
    }
  } elsif ($verb eq 's') {
    if (open(my $file, '<', "/proc/$pid/map_files/$rest[0]")) { my $n = syscall($fcntl, fileno($file), 1034, 0); push @say, $n if $n > 0 }
    else { @say = ('?') }
  } elsif ($verb eq 'i') {
    my $n = syscall($ioprio, 1, $pid + 0); push @say, $n if $n >= 0;
  }
  print "@say\\n";
}
`;

export type Question =
  | { readonly ask: 'descriptor'; readonly slot: Slot }
  | { readonly ask: 'open'; readonly pid: number; readonly fds: readonly number[] }
  | {
      readonly ask: 'watched';
      readonly pid: number;
      readonly epoll: number;
      readonly watched: number;
      /** How many entries of the same number come before it. */
      readonly nth: number;
    }
  | { readonly ask: 'threads'; readonly pid: number; readonly tids: readonly number[] }
  | { readonly ask: 'seals'; readonly pid: number; readonly range: string }
  | { readonly ask: 'io-priority'; readonly pid: number };

/** The answers' words, in order; undefined where nobody could be asked, and for what has gone. */
export async function probe(
  questions: readonly Question[],
): Promise<readonly (readonly string[] | undefined)[]> {
  const calls = CALLS[process.arch];
  if (questions.length === 0 || calls === undefined) return questions.map(() => undefined);
  const result = await runPerl(SCRIPT, calls.map(String), {
    input: `${questions.map(lineOf).join('\n')}\n`,
  });
  const lines = result.status === 0 ? result.stdout.split('\n') : [];
  return questions.map((_, at) => {
    const line = lines[at];
    return line === undefined || line === '?' ? undefined : line.split(' ').filter(word => word !== '');
  });
}

function lineOf(question: Question): string {
  switch (question.ask) {
    case 'descriptor':
      return `f ${question.slot.pid} ${question.slot.fd}`;
    case 'open':
      return ['c', question.pid, ...question.fds].join(' ');
    case 'watched':
      return `e ${question.pid} ${question.epoll} ${question.watched} ${question.nth}`;
    case 'threads':
      return ['t', question.pid, ...question.tids].join(' ');
    case 'seals':
      return `s ${question.pid} ${question.range}`;
    case 'io-priority':
      return `i ${question.pid}`;
  }
}

/** The words of an answer about a descriptor. Pure. */
export function readSettings(words: readonly string[]): DescriptorSettings {
  const value = (key: string): string | undefined =>
    words.find(word => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const owner = value('owner');
  return {
    namesSender: words.includes('handle') ? 'handle' : words.includes('user') ? 'user' : undefined,
    kernelProgram: words.includes('program'),
    corked: words.includes('corked'),
    highGroup: words.includes('group'),
    upperLayer: value('upper'),
    owner: owner === undefined ? undefined : Number(owner),
    options: readOptions(words),
  };
}
