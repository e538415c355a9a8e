import type { InstalledKernel } from './kernels.js';
import { readKexecState } from './kexec.js';
import { type RunResult, run } from './run.js';

/** Reading and checking a kernel and its initial file system from a slow disk, ms. */
const LIMIT = 300_000;

/**
 * Has a kernel wait for kexec, with the command line of the running one, in place of any that waits already.
 * @param program the path of kexec(8)
 * @param signed by kexec_file_load(2), which a locked-down kernel asks for
 * @returns what went wrong, undefined where it waits
 */
export async function loadKernel(
  { image, initrd }: InstalledKernel,
  { program, signed }: { readonly program: string; readonly signed: boolean },
): Promise<string | undefined> {
  const how = signed ? ['--kexec-file-syscall'] : [];
  const memory = initrd === undefined ? [] : [`--initrd=${initrd}`];
  const loaded = await kexec(program, [...how, '-l', image, ...memory, '--reuse-cmdline']);
  if (loaded !== undefined) return loaded;
  return readKexecState().loaded === '1' ? undefined : `${program} loaded no kernel, and did not say why`;
}

/** Has no kernel wait any more; gives what went wrong. */
export function unloadKernel(program: string): Promise<string | undefined> {
  return kexec(program, ['-u']);
}

async function kexec(program: string, words: readonly string[]): Promise<string | undefined> {
  const ended = await run(program, words, { limit: LIMIT, onLimit: 'report' });
  return ended.status === 0 ? undefined : problemOf(program, ended);
}

/** kexec(8) says the reason in its last lines. Pure. */
function problemOf(program: string, { startError, timedOut, stderr, stdout, status }: RunResult): string {
  if (startError !== undefined) return `${program} could not be started (${startError})`;
  if (timedOut) return `${program} did not end within ${LIMIT / 1000} s`;
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-2).join(' ').trim();
  return said === '' ? `${program} ended with status ${status}` : `kexec says: ${said}`;
}
