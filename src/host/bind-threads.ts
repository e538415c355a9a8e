import { runPerl } from './perl.js';

/** Threads, and the processors that they may run on: a hexadecimal mask. */
export interface BoundThreads {
  readonly mask: string;
  readonly tids: readonly number[];
}

/** System call numbers of sched_setaffinity. */
const CALLS: Readonly<Partial<Record<string, number>>> = { x64: 203, arm64: 122 };

/**
 * A line a group: the mask as the kernel takes it (words of 64 bits, the lowest processor first), and thread IDs. One program for
 * all of them: a taskset for each thread takes a millisecond, while all stand still.
 */
const SCRIPT = `
use strict; my ($call) = map { $_ + 0 } @ARGV;
while (my $line = <STDIN>) {
  my ($hex, @tids) = split ' ', $line; my $mask = pack('H*', $hex);
  for my $tid (@tids) { if (syscall($call, $tid + 0, length $mask, $mask) < 0) { print "thread $tid: $!\\n"; last } }
}
`;

/**
 * Lets rebuilt threads run on the processors again that they were bound to. They run on those of this ckpt before.
 * @returns what could not be done, a line each: this machine may have fewer processors
 */
export async function bindThreads(groups: readonly BoundThreads[]): Promise<readonly string[]> {
  if (groups.length === 0) return [];
  const call = CALLS[process.arch];
  if (call === undefined) return [`not known how on ${process.arch}`];
  const lines = groups.map(({ mask, tids }) => `${asWords(mask)} ${tids.join(' ')}\n`);
  const { status, stdout, stderr, startError } = await runPerl(SCRIPT, [String(call)], {
    input: lines.join(''),
  });
  const trouble = status === 0 ? [] : [startError ?? (stderr.trim().split('\n')[0] || 'perl took too long')];
  return [...stdout.split('\n').filter(Boolean), ...trouble];
}

/** `3` → `0300000000000000`: lowest byte first, in words of 8 bytes. */
function asWords(mask: string): string {
  const whole = mask.padStart(Math.ceil(mask.length / 16) * 16, '0');
  return (whole.match(/../g) ?? []).reverse().join('');
}
