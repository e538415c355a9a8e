import { run } from './run.js';

/** Makes FIFOs, readable and writable for root alone, which node:fs has no call for. Throws what mkfifo(1) says. */
export async function makeFifos(paths: readonly string[]): Promise<void> {
  const { status, startError, stderr } = await run('mkfifo', ['-m', '600', ...paths], {
    // A Ctrl-C is for ckpt to take in its own time.
    detached: true,
  });
  if (status !== 0) throw new Error(`mkfifo: ${startError ?? stderr.trim()}`);
}
