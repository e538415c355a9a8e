import { release } from 'node:os';
import { fail } from '../../errors.js';
import { criuCheck } from '../criu/check.js';
import type { Criu } from '../criu/find.js';
import { inPlainWords } from './criu-words.js';
import { judgePair } from './judge-pair.js';
import { NO_ATTACH, readPtraceScope } from './ptrace-scope.js';

/**
 * Refuses what is known not to work on the running kernel, before anything is stopped: all of it where nobody may trace a
 * process, and a CRIU that does not suit the kernel, in its own words. For all other pairs this costs nothing: only a
 * suspicion is worth the 0.1 s of `criu check`. Throws `ptrace-forbidden`, `criu-cannot-run`.
 */
export async function refuseUnfit(
  criu: Criu,
  kernel: string = release(),
  ptraceScope: number | undefined = readPtraceScope(),
): Promise<void> {
  if (ptraceScope === NO_ATTACH) throw fail('ptrace-forbidden', {});
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
