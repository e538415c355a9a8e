import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');

/**
 * The host tests run the compiled program as a person would: made anew here, so that it is never a stale one. `npm test`
 * has just made it, and starts machines with it beside these tests.
 */
export default async function setup(): Promise<void> {
  if (process.env.CKPT_COMPILED === '1') return;
  await execa(process.execPath, ['--import', 'tsx', 'scripts/build/compile.ts'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
}
