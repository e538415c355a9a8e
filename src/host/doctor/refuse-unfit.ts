import { release } from 'node:os';
import { fail } from '../../errors.js';
import { criuCheck } from '../criu/check.js';
import type { Criu } from '../criu/find.js';
import { inPlainWords } from './criu-words.js';
import { judgePair } from './judge-pair.js';

/**
 * Refuses a CRIU that is known not to work on the running kernel, in its own words, before anything is stopped.
 * For all other pairs this costs nothing: only a suspicion is worth the 0.1 s of `criu check`.
 * Throws `criu-cannot-run`.
 */
export async function refuseUnfitCriu(criu: Criu, kernel: string = release()): Promise<void> {
  const known = judgePair(criu.version, kernel).find(pair => pair.prevents === 'freeze');
  if (known === undefined) return;
  const { verdict, complaints } = await criuCheck(criu);
  if (verdict !== 'bad') return;
  const plain = inPlainWords(complaints)[0]?.what ?? known.what;
  throw fail(
    'criu-cannot-run',
    {
      version: criu.version,
      kernel,
      quote: `${plain} ("${complaints[0] ?? ''}")`,
      advice: known.remedy ?? '',
    },
    { log: complaints },
  );
}
