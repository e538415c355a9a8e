/**
 * What the kernel takes longest to tell of a process, its mappings and its namespaces, read for thousands of processes
 * by perl beside this program, which reads the rest meanwhile. Without perl they are read one by one, as for a few.
 */
import { availableParallelism } from 'node:os';
import { run } from '../run.js';
import { type AddressSpace, parseSharedMaps, parseSmaps, USUAL_FLAGS } from './maps.js';
import { NAMESPACES, type NamespaceKind, type Namespaces } from './namespaces.js';

/** Below that, starting perl takes longer than it saves. */
const MANY = 300;

/** Of one process. Who has gone meanwhile is left out. */
export interface BulkFacts {
  readonly namespaces: Namespaces;
  /** Its shared mappings, or all that smaps says where that was asked for. */
  readonly memory: AddressSpace;
}

/**
 * Prints `p PID kind=inode…` for each process on its input, and behind it the lines of its shared mappings, or (smaps) of
 * all that are named or odd, each with its flags. Everything at the end: whoever reads it is busy until then.
 */
const SCRIPT = `
use strict; my ($file, $usual, @kinds) = @ARGV; my %usual = map { $_ => 1 } split / /, $usual; my %odd; my $out = '';
while (my $p = <STDIN>) {
  chomp $p; my $text = '';
  open(my $f, '<', "/proc/$p/$file") or next;
  while (sysread($f, $text, 1 << 16, length $text)) { }
  $out .= "p $p " . join(' ', map { (readlink("/proc/$p/ns/$_") // '') =~ /\\[(\\d+)/ ? "$_=$1" : () } @kinds) . "\\n";
  if ($file eq 'maps') { $out .= "$1\\n" while $text =~ /^(\\S+ \\S\\S\\Ss .*)$/mg; next }
  my ($at, $last) = (0, '');
  while ((my $v = index($text, "\\nVmFlags:", $at)) >= 0) {
    my $end = index($text, "\\n", $v + 1);
    my $head = substr($text, $at, index($text, "\\n", $at) - $at);
    my $flags = substr($text, $v + 9, $end - $v - 9);
    $at = $end + 1;
    my $odd = $odd{$flags} //= grep { !$usual{$_} } split ' ', $flags;
    next if !$odd && length $head < 73;
    # A private mapping of the file that the one before maps, too, says nothing more.
    my $same = length $head < 73 ? '' : substr($head, index($head, ' ') + 4, 1) eq 'p' ? substr($head, index($head, ' ') + 14) : $head;
    next if !$odd && $same eq $last;
    $last = $same;
    $out .= "$head\\nVmFlags:$flags\\n";
  }
}
print $out;
`;

/** Undefined where there are too few to be worth it. Processes missing in the answer have to be read one by one. */
export async function readInBulk(
  pids: readonly number[],
  file: 'maps' | 'smaps',
): Promise<ReadonlyMap<number, BulkFacts> | undefined> {
  if (pids.length < MANY) return undefined;
  // maps take perl about as long as all the rest takes us; smaps several times that.
  const helpers = file === 'smaps' ? availableParallelism() : 1;
  const share = Math.ceil(pids.length / helpers);
  const parts = Array.from({ length: helpers }, (_, at) => pids.slice(at * share, (at + 1) * share));
  const texts = await Promise.all(parts.map(part => askPerl(part, file)));
  return new Map(texts.flatMap(text => readAnswer(text, file)));
}

async function askPerl(pids: readonly number[], file: string): Promise<string> {
  const args = ['-e', SCRIPT, file, [...USUAL_FLAGS].join(' '), ...NAMESPACES];
  const input = pids.map(pid => `${pid}\n`).join('');
  const result = await run('perl', args, { input, limit: 60_000, onLimit: 'report', maxOutput: 2 ** 28 });
  return result.status === 0 ? result.stdout : '';
}

function readAnswer(text: string, file: 'maps' | 'smaps'): readonly (readonly [number, BulkFacts])[] {
  return text
    .split(/^p /m)
    .slice(1)
    .map(part => {
      const end = part.indexOf('\n');
      const [pid, ...links] = part.slice(0, end).split(' ');
      const rest = part.slice(end + 1);
      const namespaces: Partial<Record<NamespaceKind, number>> = {};
      for (const link of links) {
        const [kind = '', inode] = link.split('=');
        if (inode !== undefined) namespaces[kind as NamespaceKind] = Number(inode);
      }
      const memory = file === 'smaps' ? parseSmaps(rest) : { mappings: parseSharedMaps(rest), flags: [] };
      return [Number(pid), { namespaces, memory }] as const;
    });
}
