import { perlCommand } from '../perl.js';

/**
 * Connects to the journal as systemd does for a unit's output (systemd, src/core/exec-invoke.c, connect_logger_as():
 * identifier, unit, priority, whether lines may begin with a level, and three ways to forward them, a line each), puts
 * the connection on the descriptors asked for, and becomes the command. Perl does it because Node makes its sockets
 * non-blocking, which the thawed program would inherit. Where there is no journal, /dev/null takes the output.
 */
const SCRIPT = `
use strict; use POSIX (); use Socket;
my ($output, $descriptors, @command) = @ARGV;
for my $to (split /,/, $descriptors) {
  my $from;
  if (socket($from, PF_UNIX, SOCK_STREAM, 0) && connect($from, pack_sockaddr_un('/run/systemd/journal/stdout'))) {
    shutdown($from, 0);
    syswrite($from, "$output\\n\\n30\\n1\\n0\\n0\\n0\\n");
  } else {
    open($from, '+<', '/dev/null') or die "no /dev/null: $!";
  }
  POSIX::dup2(fileno($from), $to) or die "no descriptor $to: $!";
}
exec { $command[0] } @command or die "exec: $!";
`;

/** The command that does so and keeps its PID. `output` is what lines are called in the journal. */
export function joiningJournal(
  descriptors: readonly number[],
  output: string,
  command: readonly string[],
): [string, ...string[]] {
  return perlCommand(SCRIPT, [output.replace(/\s/g, '_'), descriptors.join(','), ...command]);
}
