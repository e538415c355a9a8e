import { readFile } from 'node:fs/promises';

/** How the tests of one or more runs ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Full names of skipped tests; each says in its name or its suite's why. */
  readonly skipped: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Reads vitest's JSON report. A run that left none, or a file that did not even load, counts as a failure. */
export async function readCounts(file: string): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: [] };
  const report = JSON.parse(text) as Report;
  const broken = report.testResults.filter(
    result => result.status === 'failed' && result.assertionResults.length === 0,
  );
  const skipped = report.testResults.flatMap(result =>
    result.assertionResults
      .filter(test => test.status === 'skipped' || test.status === 'pending' || test.status === 'todo')
      .map(test => test.fullName),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length, skipped };
}

export function addCounts(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((sum, counts) => sum + counts.passed, 0),
    failed: all.reduce((sum, counts) => sum + counts.failed, 0),
    skipped: all.flatMap(counts => counts.skipped),
  };
}

/** What `npm test` ends with: the skipped tests by name, and the line that counts. */
export function summary(counts: Counts): string {
  const skipped = counts.skipped.map(name => `skipped: ${name}\n`).join('');
  return `\n${skipped}${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped\n`;
}
