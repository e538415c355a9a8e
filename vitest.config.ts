import { defineConfig } from 'vitest/config';

/**
 * Three projects, by what they need: nothing, this host's root and CRIU, or virtual machines. Real processes and
 * emulated machines share two cores with whatever else runs, so the latter two may try a failed test once more; the
 * report names each test that needed it, and `first-tries.ts` says why. Run together (`npm run nightly`), one follows the
 * other: they want different numbers of workers.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'],
          testTimeout: 30_000,
          // By default one processor is left to whoever watches; nobody does.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/host/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          retry: 1,
          setupFiles: ['test/support/first-tries.ts', 'test/host/nothing-left.ts'],
          globalSetup: ['test/host/setup.ts'],
        },
      },
      {
        test: {
          name: 'vm',
          include: ['vm-tests/scenarios/**/*.test.ts'],
          testTimeout: 1_500_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 2 },
          retry: 1,
          setupFiles: ['test/support/first-tries.ts'],
        },
      },
    ],
  },
});
