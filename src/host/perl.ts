/**
 * The system calls that Node does not make are made by small scripts in perl, which every Debian has (perl-base is
 * essential); without it, what is asked stays unknown.
 */
import { type RunResult, run } from './run.js';

/** How long a script may take, ms: it asks the kernel for what it has at hand, of thousands of processes at most. */
const LIMIT = 120_000;
/** A line or more for each process or descriptor of a large machine. */
const MOST_OUTPUT = 2 ** 28;

/** The command that runs a script with these arguments: for what is to become perl, and then something else. */
export function perlCommand(script: string, args: readonly string[]): ['perl', ...string[]] {
  return ['perl', '-e', script, ...args];
}

/**
 * Runs a script to its end. Never throws: without perl, after an error in the script and beyond the limit the status is
 * not 0 (see `run`).
 * @param input what the script reads from its standard input
 * @param limit in milliseconds, 2 min by default
 */
export function runPerl(
  script: string,
  args: readonly string[],
  { input, limit = LIMIT }: { readonly input?: string; readonly limit?: number } = {},
): Promise<RunResult> {
  const [perl, ...words] = perlCommand(script, args);
  return run(perl, words, {
    limit,
    onLimit: 'report',
    maxOutput: MOST_OUTPUT,
    ...(input === undefined ? {} : { input }),
  });
}
