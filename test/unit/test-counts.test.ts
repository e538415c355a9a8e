import { expect, test } from 'vitest';
import { addCounts, countReport, summary } from '../../scripts/test/counts.js';

const report = {
  numPassedTests: 1,
  testResults: [
    {
      name: '/a.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'passed', fullName: 'one' },
        { status: 'failed', fullName: 'two', failureMessages: ['expected 1\nto be 2'] },
        { status: 'skipped', fullName: 'three (no root)' },
      ],
    },
    { name: '/b.test.ts', status: 'failed', message: 'cannot load it', assertionResults: [] },
    {
      name: '/c.test.ts',
      status: 'failed',
      message: 'a hook threw',
      assertionResults: [{ status: 'pending', fullName: 'four' }],
    },
  ],
};

test('a run ends with the names of what was skipped and what failed, and why', () => {
  expect(summary(addCounts([countReport(report), { passed: 2, failed: [], skipped: [] }]))).toBe(
    [
      '',
      'skipped: three (no root)',
      'skipped: four',
      'FAILED: two: expected 1',
      '  to be 2',
      'FAILED: /b.test.ts: cannot load it',
      'FAILED: /c.test.ts: a hook threw',
      '3 passed, 3 failed, 2 skipped',
      '',
    ].join('\n'),
  );
});
