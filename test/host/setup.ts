import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');

/**
 * The host tests run the executable as a person would: made anew here, so that it is never a stale one. `npm test`
 * has just made it, and starts machines with it beside these tests.
 */
export default async function setup(): Promise<void> {
  if (process.env.CKPT_COMPILED === '1') return;
  for (const script of ['compile.ts', 'executable.ts']) {
    await execa(process.execPath, ['--import', 'tsx', join('scripts/build', script)], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
  }
}
