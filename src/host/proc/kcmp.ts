/**
 * Whether descriptors of different processes are one open file description, and what protocol an odd socket speaks.
 * Node can make no bare system call, so perl does (Debian's perl-base is on every Debian machine, python need not
 * be). Where perl or the call is missing the answer is undefined, and callers must say that they inferred.
 */
import { runPerl } from '../perl.js';

/** A descriptor of a process. */
export interface Slot {
  readonly pid: number;
  readonly fd: number;
}

/** KCMP_FILE is type 0 and KCMP_VM 1 (linux/kcmp.h); system call numbers are those of x86-64 (312, 191) and arm64 (272, 8). */
const CALLS: Readonly<Partial<Record<string, { kcmp: number; getxattr: number }>>> = {
  x64: { kcmp: 312, getxattr: 191 },
  arm64: { kcmp: 272, getxattr: 8 },
};

/**
 * Sorts each group by kcmp's own total order and prints its classes: `0 2|1` means that the first and third slot are
 * one description. A slot that has gone since prints nothing. `x` lines ask for a socket's protocol.
 */
const SCRIPT = `
use strict; my ($kcmp, $getxattr) = @ARGV;
while (my $line = <STDIN>) {
  chomp $line; my ($verb, @slots) = split / /, $line; my $type = $verb eq 'm' ? 1 : 0;
  if ($verb eq 'x') {
    my $name = "system.sockprotoname\\0"; my $path = "/proc/" . join('/fd/', split(/:/, $slots[0])) . "\\0";
    my $out = "\\0" x 64; my $n = syscall($getxattr, $path, $name, $out, 64);
    if ($n > 0) { $out = substr($out, 0, $n); $out =~ s/\\0.*//; print "$out\\n" } else { print "?\\n" }
    next;
  }
  my $answer = '?';
  # A process that ends between two comparisons spoils the order: without it, and again.
  for my $attempt (1 .. 5) {
    my @have = grep { my ($p, $f) = split /:/, $slots[$_]; -l ($type ? "/proc/$p/ns/net" : "/proc/$p/fd/$f") } 0 .. $#slots;
    my $failed = 0;
    my $compare = sub {
      my ($p, $f) = split /:/, $slots[$_[0]]; my ($q, $g) = split /:/, $slots[$_[1]];
      my $r = syscall($kcmp, $p + 0, $q + 0, $type, $f + 0, $g + 0);
      $failed = 1 if $r < 0 || $r > 2;
      return $r == 0 ? 0 : $r == 1 ? -1 : 1;
    };
    my @sorted = sort { $compare->($a, $b) } @have;
    my @classes; my $last;
    for my $i (@sorted) {
      if (defined $last && $compare->($last, $i) == 0) { push @{$classes[-1]}, $i } else { push @classes, [$i] }
      $last = $i;
    }
    next if $failed;
    $answer = join('|', map { join ' ', @$_ } @classes);
    last;
  }
  print "$answer\n";
}
`;

/**
 * For each group of slots, its classes of one and the same open file description; undefined for a group that could
 * not be compared (no perl, no right to look, the kernel without CONFIG_KCMP, a process gone meanwhile).
 */
export async function sameDescriptions(
  groups: readonly (readonly Slot[])[],
): Promise<readonly (readonly (readonly Slot[])[] | undefined)[]> {
  const answers = await ask(groups.map(group => `k ${group.map(slotText).join(' ')}`));
  return groups.map((group, index) => readClasses(group, answers[index]));
}

function readClasses(
  group: readonly Slot[],
  answer: string | undefined,
): readonly (readonly Slot[])[] | undefined {
  if (answer === undefined || answer === '?') return undefined;
  return answer
    .split('|')
    .filter(text => text !== '')
    .map(text => text.split(' ').flatMap(position => group[Number(position)] ?? []));
}

/**
 * For each group of processes, its classes of one and the same address space; undefined as in `sameDescriptions`.
 * Processes that share memory whole (clone with CLONE_VM, vfork) are no threads of each other.
 */
export async function sameAddressSpaces(
  groups: readonly (readonly number[])[],
): Promise<readonly (readonly (readonly number[])[] | undefined)[]> {
  const slots = groups.map(group => group.map(pid => ({ pid, fd: 0 })));
  const answers = await ask(slots.map(group => `m ${group.map(slotText).join(' ')}`));
  return slots.map((group, index) =>
    readClasses(group, answers[index])?.map(one => one.map(slot => slot.pid)),
  );
}

/** The kernel's name of each socket's protocol (`TCP`, `MPTCP`, `AF_VSOCK`, `ALG`…); undefined where it cannot be had. */
export async function socketProtocols(slots: readonly Slot[]): Promise<readonly (string | undefined)[]> {
  const answers = await ask(slots.map(slot => `x ${slotText(slot)}`));
  return slots.map((_, index) => (answers[index] === '?' ? undefined : answers[index]));
}

interface Asked {
  readonly questions: readonly string[];
  readonly answer: (lines: readonly (string | undefined)[]) => void;
  readonly fail: (reason: unknown) => void;
}
let waiting: Asked[] = [];

/** What is asked in one turn of the event loop is asked of one perl: starting it takes longer than most answers. */
function ask(questions: readonly string[]): Promise<readonly (string | undefined)[]> {
  if (questions.length === 0) return Promise.resolve([]);
  return new Promise((answer, fail) => {
    waiting.push({ questions, answer, fail });
    if (waiting.length > 1) return;
    queueMicrotask(() => {
      const all = waiting;
      waiting = [];
      answerAll(all).catch(reason => {
        for (const one of all) one.fail(reason);
      });
    });
  });
}

async function answerAll(all: readonly Asked[]): Promise<void> {
  const lines = await askPerl(all.flatMap(one => one.questions));
  let at = 0;
  for (const { questions, answer } of all) {
    answer(lines.slice(at, at + questions.length));
    at += questions.length;
  }
}

async function askPerl(questions: readonly string[]): Promise<readonly (string | undefined)[]> {
  const calls = CALLS[process.arch];
  if (calls === undefined) return [];
  const result = await runPerl(SCRIPT, [`${calls.kcmp}`, `${calls.getxattr}`], {
    input: `${questions.join('\n')}\n`,
  });
  return result.status === 0 ? result.stdout.split('\n') : [];
}

function slotText(slot: Slot): string {
  return `${slot.pid}:${slot.fd}`;
}
