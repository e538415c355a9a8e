import { run } from '../run.js';
import type { Criu } from './find.js';

/** What `criu check` found out. */
export interface CriuCheck {
  /**
   * `good`: everything works. `partly`: what all programs need works, some of the rest does not.
   * `bad`: it cannot work on this kernel at all.
   */
  readonly verdict: 'good' | 'partly' | 'bad';
  /** Its complaints, in its own words, without the place in its source. */
  readonly complaints: readonly string[];
}

/** Runs `criu check --all`. Throws `timed-out` where it takes longer than 60 s. */
export async function criuCheck(criu: Pick<Criu, 'path'>): Promise<CriuCheck> {
  const result = await run(criu.path, ['check', '--all'], { waitingFor: 'criu check', limit: 60_000 });
  return parseCheck(result.stdout, result.stderr);
}

/**
 * Reads what `criu check --all` printed. Pure. Its verdict is the line that begins with "Looks good"; without one it
 * failed on something that everything needs. Source: criu/cr-check.c, cr_check().
 */
export function parseCheck(stdout: string, stderr: string): CriuCheck {
  const complaints: string[] = [];
  for (const line of `${stderr}\n${stdout}`.split('\n')) {
    const text = /^(?:Warn|Error)\s+\([^)]*\):\s*(.*)$/.exec(line)?.[1];
    if (text !== undefined && text !== '' && !text.startsWith('Does not look good')) complaints.push(text);
  }
  const good = /^Looks good\.$/m.test(stdout);
  const partly = /^Looks good but/m.test(stdout);
  if (!good && !partly && complaints.length === 0) {
    const plain = `${stderr}\n${stdout}`.split('\n').map(line => line.trim());
    complaints.push(...plain.filter(line => line !== '').slice(0, 3));
  }
  return { verdict: good ? 'good' : partly ? 'partly' : 'bad', complaints };
}
