import { readFile } from 'node:fs/promises';

/** Names the file that a run of vitest leaves its `Counts` in. */
export const countsFileVariable = 'CKPT_TEST_COUNTS';

/** How the tests of one or more runs ended. */
export interface Counts {
  readonly passed: number;
  /** The name of each that failed, with the beginning and the end of what it said. */
  readonly failed: readonly string[];
  /** Full names of skipped tests; each says in its name or its suite's why. */
  readonly skipped: readonly string[];
}

/** A test, a suite or a file that failed. */
export interface Failure {
  readonly name: string;
  readonly errors: readonly { readonly message: string }[];
  /** How many tests did not run because of it. */
  readonly unrun: number;
}

/** So much of a message tells what went wrong, and so much what came last (of a guest's console, say). */
const FIRST_LINES = 6;
const LAST_LINES = 6;

/** What is said of a failure in the summary: the whole of it stands where the test ran. */
export function failureText({ name, errors, unrun }: Failure): string {
  const lines = errors.flatMap(({ message }) => message.split('\n'));
  const left = lines.length - FIRST_LINES - LAST_LINES;
  const shown =
    left > 1
      ? [...lines.slice(0, FIRST_LINES), `(${left} lines left out)`, ...lines.slice(-LAST_LINES)]
      : lines;
  const because = unrun === 0 ? '' : ` (${unrun} tests did not run for it)`;
  return `${name}${because}: ${shown.join('\n  ')}`;
}

/** Reads what a run of vitest left. One that left nothing is a failure of its own. */
export async function readCounts(file: string): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: [`${file}: the run left no counts`], skipped: [] };
  return JSON.parse(text) as Counts;
}

export function addCounts(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((sum, counts) => sum + counts.passed, 0),
    failed: all.flatMap(counts => counts.failed),
    skipped: all.flatMap(counts => counts.skipped),
  };
}

/** What `npm test` ends with: the skipped and the failed tests by name, and the line that counts. */
export function summary({ passed, failed, skipped }: Counts): string {
  const names = [...skipped.map(name => `skipped: ${name}\n`), ...failed.map(text => `FAILED: ${text}\n`)];
  return `\n${names.join('')}${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`;
}
