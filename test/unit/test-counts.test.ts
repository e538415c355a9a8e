import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { addCounts, countsFileVariable, readCounts, summary } from '../../scripts/test/counts.js';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'ckpt-counts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const files = {
  'a.test.js': `
    test('one', () => {});
    test('two', () => expect(1, 'not\\nthe same').toBe(2));
    test.skip('three (no root)', () => {});`,
  'b.test.js': `throw new Error('cannot load it');`,
  'c.test.js': `
    describe('a machine', () => {
      beforeAll(() => { throw new Error(Array.from({ length: 40 }, (_, at) => 'line ' + at).join('\\n')); });
      test('four', () => {});
      test('five', () => {});
    });
    test('six', () => {});`,
  'd.test.js': `afterAll(() => { throw new Error('not ended'); }); test('seven', () => {});`,
};

test('a run ends with what was skipped and what failed, and why, be it a test, a file or a hook', async () => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const vitest = join(root, 'node_modules', '.bin', 'vitest');
  const reporter = join(root, 'scripts', 'test', 'counts-reporter.ts');
  const counts = join(folder, 'counts.json');
  const run = await execa(vitest, ['run', '--root', folder, '--globals', '--reporter', reporter], {
    cwd: folder,
    env: { [countsFileVariable]: counts },
    reject: false,
  });
  expect(run.exitCode).toBe(1);
  const read = await readCounts(counts);
  const sorted = { ...read, failed: read.failed.toSorted() };
  expect(summary(addCounts([sorted, { passed: 2, failed: [], skipped: [] }])).replaceAll(folder, '')).toBe(
    [
      '',
      'skipped: three (no root)',
      'FAILED: /b.test.js: cannot load it',
      'FAILED: /d.test.js: not ended',
      'FAILED: c.test.js > a machine (2 tests did not run for it): line 0',
      ...[1, 2, 3, 4, 5].map(at => `  line ${at}`),
      '  (28 lines left out)',
      ...[34, 35, 36, 37, 38, 39].map(at => `  line ${at}`),
      'FAILED: two: not',
      '  the same: expected 1 to be 2 // Object.is equality',
      '5 passed, 4 failed, 1 skipped',
      '',
    ].join('\n'),
  );
});

test('a run that left no counts is a failure', async () => {
  expect(await readCounts('/nonexistent/counts.json')).toEqual({
    passed: 0,
    failed: ['/nonexistent/counts.json: the run left no counts'],
    skipped: [],
  });
});
