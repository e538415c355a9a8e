/**
 * What perl runs to read thousands of processes. Its arguments: how to find the mappings (`maps` and `smaps` read that
 * file, `query` asks the kernel for the shared ones alone), the flags of a mapping that say nothing, and the kinds of
 * namespaces. For each PID on its input it prints
 *
 * - `p PID kind=inode…`: its namespaces,
 * - `g LINE` for each line of its cgroup file,
 * - `d FD FLAGS LINK` for each descriptor: FLAGS only of a pipe, `-` otherwise (all flags with `smaps`, otherwise
 *   the access mode alone, which costs less), and LINK with `\n` and `\\` for a newline and a backslash,
 * - `m`, and then the lines of its shared mappings, or (smaps) of all that are named, odd, or the
 *   first with code, each with its flags.
 *
 * `query` is PROCMAP_QUERY (linux/fs.h, since 6.11): number 0xC0686611, a struct of 104 bytes, flags 8 (shared) and 16 (or
 * the next one). An older kernel does not know it, and has its maps read: that takes as long as all the rest.
 *
 * Everything comes at the end: whoever reads it is busy until then. Names are looked up from within the process's
 * own folder, for the kernel finds a short path in half the time.
 */
export const BULK_SCRIPT = `
use strict; use Errno; my ($way, $usual, @kinds) = @ARGV; my $file = $way eq 'smaps' ? 'smaps' : 'maps'; my %usual = map { $_ => 1 } split / /, $usual; my %odd; my $out = '';
sub piece { my $text = ''; open(my $f, '<', $_[0]) or return ''; sysread($f, $text, 1 << 16); return $text }
sub shared {
  my ($f) = @_; my ($at, $lines) = (0, '');
  for (;;) {
    my $name = "\\0" x 4096;
    my $q = pack('Q9L4Q2', 104, 24, $at, (0) x 6, 0, 0, length $name, 0, unpack('Q', pack('p', $name)), 0);
    if (!defined ioctl($f, 0xC0686611, $q)) { return $!{ENOENT} || $!{ESRCH} ? $lines : undef }
    my ($start, $end, $flags, $offset, $inode, $major, $minor, $length) = (unpack('Q9L4', $q))[3, 4, 5, 7, 8, 9, 10, 11];
    $name = substr($name, 0, $length > 0 ? $length - 1 : 0); $name =~ s/\\n/\\\\012/g;
    my $access = join '', map { $flags & (1 << $_) ? (qw(r w x))[$_] : '-' } 0 .. 2;
    $lines .= sprintf("%x-%x %ss %08x %02x:%02x %d %s\\n", $start, $end, $access, $offset, $major, $minor, $inode, $name);
    $at = $end;
  }
}
sub flags {
  if ($file eq 'smaps') { return piece("../fdinfo/$_[0]") =~ /^flags:\\s*(\\d+)/m ? oct $1 : '-' }
  my $mode = (lstat $_[0])[2] // return '-';
  return $mode & 0400 ? $mode & 0200 ? 2 : 0 : 1;
}
while (my $p = <STDIN>) {
  chomp $p; my $text = '';
  chdir "/proc/$p" or next;
  open(my $f, '<', $file) or next;
  my $shared = $way eq 'query' ? shared($f) : undef;
  if (!defined $shared) { while (sysread($f, $text, 1 << 16, length $text)) { } }
  $out .= "p $p " . join(' ', map { (readlink("ns/$_") // '') =~ /\\[(\\d+)/ ? "$_=$1" : () } @kinds) . "\\n";
  $out .= "g $_\\n" for split /\\n/, piece('cgroup');
  if (chdir 'fd' and opendir(my $d, '.')) {
    for my $fd (readdir $d) {
      my $link = readlink $fd; next unless defined $link;
      my $flags = substr($link, 0, 6) eq 'pipe:[' ? flags($fd) : '-';
      $link =~ s/\\\\/\\\\\\\\/g; $link =~ s/\\n/\\\\n/g;
      $out .= "d $fd $flags $link\\n";
    }
  }
  $out .= "m\\n";
  if (defined $shared) { $out .= $shared; next }
  if ($file eq 'maps') { $out .= "$1\\n" while $text =~ /^(\\S+ \\S\\S\\Ss .*)$/mg; next }
  my ($at, $last, $code) = (0, '', 0);
  while ((my $v = index($text, "\\nVmFlags:", $at)) >= 0) {
    my $end = index($text, "\\n", $v + 1);
    my $head = substr($text, $at, index($text, "\\n", $at) - $at);
    my $flags = substr($text, $v + 9, $end - $v - 9);
    $at = $end + 1;
    my $odd = $odd{$flags} //= grep { !$usual{$_} } split ' ', $flags;
    # The first with code is where CRIU begins.
    my $first = !$code && substr($head, index($head, ' ') + 3, 1) eq 'x'; $code ||= $first;
    next if !$odd && !$first && length $head < 73;
    # A private mapping of the file that the one before maps, too, says nothing more.
    my $same = length $head < 73 ? '' : substr($head, index($head, ' ') + 4, 1) eq 'p' ? substr($head, index($head, ' ') + 14) : $head;
    next if !$odd && !$first && $same eq $last;
    $last = $same;
    $out .= "$head\\nVmFlags:$flags\\n";
  }
}
print $out;
`;
