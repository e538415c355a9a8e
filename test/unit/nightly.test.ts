import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** Nobody sees at once that what runs at night does not begin. */
it('finds all that runs at night, and begins with it', async () => {
  const program = join(root, 'node_modules', '.bin', 'tsx');
  // Of tests that bear no such name none is run; the files are loaded all the same.
  const words = ['scripts/nightly/main.ts', '--testNamePattern=no test has this name', '--reporter=json'];
  const { stdout } = await execa(program, words, { cwd: root, env: { CKPT_COMPILED: '1' } });
  const { numTotalTests, testResults } = JSON.parse(stdout) as {
    numTotalTests: number;
    testResults: { name: string }[];
  };
  expect(numTotalTests).toBeGreaterThan(0);
  const files = testResults.map(({ name }) => name.slice(root.length + 1));
  for (const long of [
    'test/host/kill-freeze',
    'test/host/kill-thaw',
    'test/unit/fuzz-images',
    'test/unit/hostile-memory',
    'vm-tests/scenarios/byte-identity',
    'vm-tests/scenarios/kernel-chain',
    'vm-tests/scenarios/crash',
    'vm-tests/scenarios/rollback',
    'vm-tests/scenarios/systemd-units',
  ])
    expect(files).toContain(`${long}.test.ts`);
}, 180_000);
