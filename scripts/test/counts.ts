import { readFile } from 'node:fs/promises';

/** How the tests of one or more runs ended. */
export interface Counts {
  readonly passed: number;
  /** The name of each that failed, with the beginning of what it said. */
  readonly failed: readonly string[];
  /** Full names of skipped tests; each says in its name or its suite's why. */
  readonly skipped: readonly string[];
}

interface TestResult {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[];
}

/** The part of vitest's JSON report that is read here. */
export interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly TestResult[];
  }[];
}

const SKIPPED: readonly string[] = ['skipped', 'pending', 'todo'];
/** So much of a message tells what went wrong; the whole of it stands where the test ran. */
const MESSAGE_LINES = 6;

const beginning = (message: string | undefined): string =>
  (message ?? '').split('\n').slice(0, MESSAGE_LINES).join('\n  ');

/** Counts what vitest reports. A file that failed with no test of it failing (it did not load, a hook threw) is a failure. */
export function countReport(report: Report): Counts {
  const failed = report.testResults.flatMap(file => {
    const tests = file.assertionResults
      .filter(test => test.status === 'failed')
      .map(test => `${test.fullName}: ${beginning(test.failureMessages?.join('\n'))}`);
    return file.status === 'failed' && tests.length === 0
      ? [`${file.name}: ${beginning(file.message)}`]
      : tests;
  });
  const skipped = report.testResults.flatMap(file =>
    file.assertionResults.filter(test => SKIPPED.includes(test.status)).map(test => test.fullName),
  );
  return { passed: report.numPassedTests, failed, skipped };
}

/** Reads the report of a run. One that left none is a failure of its own. */
export async function readCounts(file: string): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: [`${file}: the run left no report`], skipped: [] };
  return countReport(JSON.parse(text) as Report);
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
