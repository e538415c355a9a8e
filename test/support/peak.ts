/** `ckpt` in a process of its own: the most memory that it ever had, and how much it has read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');

export interface Peak {
  readonly status: number;
  /** Code of the failure that it ended with. */
  readonly code: string | undefined;
  /** Resident memory, bytes. */
  readonly peak: number;
  /** Bytes of all reads. */
  readonly read: number;
}

/**
 * Runs `ckpt` and waits for its end.
 * @param program the built executable; absent: the sources
 */
export async function peakOf(
  folder: string,
  args: readonly string[],
  program?: string,
  limit = 240_000,
): Promise<Peak> {
  const file = join(folder, 'peak');
  const command =
    program === undefined
      ? [process.execPath, '--import', 'tsx', join(root, 'src', 'cli', 'main.ts')]
      : [program];
  // From outside: the executable takes no modules that others want it to load.
  const watched = [join(import.meta.dirname, 'peak.py'), file, ...command, ...args, '--json'];
  const { exitCode, stderr, stdout } = await execa('python3', watched, {
    cwd: root,
    reject: false,
    timeout: limit,
    maxBuffer: 2 ** 28,
  });
  const said = `${stdout.slice(-5000)}${stderr.slice(-5000)}`;
  const { peak, read } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Peak, 'peak' | 'read'>;
  return { status: exitCode ?? -1, code: /"code":\s*"([\w-]+)"/.exec(said)?.[1], peak, read };
}
