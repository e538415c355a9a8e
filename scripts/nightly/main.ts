/**
 * `npm run nightly`: the tests that take too long for every change: kill -9 and Ctrl-C, 20 times ten moments each; made-up
 * and damaged input, and input as large as it can be; long chains of kernels, crashes, blocked boots and `ckpt switch` on
 * Debian 12, in machines.
 */
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');

const LONG_FORMS = [
  'test/host/kill-',
  'test/unit/fuzz-',
  'test/unit/hostile-memory',
  'vm-tests/scenarios/byte-identity',
  'vm-tests/scenarios/crash',
  'vm-tests/scenarios/switch-command',
  'vm-tests/scenarios/kernel-chain',
  'vm-tests/scenarios/rollback',
  'vm-tests/scenarios/systemd-units',
];

/** Files named on the command line, or all that have a long form; words with a dash go to vitest as they are. */
const words = process.argv.slice(2);
const named = words.filter(word => !word.startsWith('-'));
const files = named.length > 0 ? named : LONG_FORMS;
const options = words.filter(word => word.startsWith('-'));
const { exitCode } = await execa(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', ...files, ...options],
  {
    cwd: root,
    stdio: 'inherit',
    reject: false,
    env: { CKPT_NIGHTLY: '1' },
  },
);
process.exitCode = exitCode ?? 1;
