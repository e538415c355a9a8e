import { VERDICT_STATUS } from '../../src/checkpoint/check/index.js';
import type { Exit } from '../../src/errors/failure.js';

/** What each exit status means, in a few words. */
export const meanings: Record<keyof typeof Exit, string> = {
  done: 'done',
  bug: 'a bug of ours',
  usage: 'the command line is wrong',
  refused: 'refused: it cannot be frozen or thawed as asked',
  incompatible: 'incompatible with this kernel, CRIU or version of ckpt',
  corrupt: 'corrupt or untrusted',
  criu: 'CRIU failed',
  missing: 'a privilege, a program or a feature is missing',
};

export type Status = readonly [status: number, meaning: string];

/** What a command says by a status of its own. */
export const ownStatuses: Readonly<Record<string, readonly Status[]>> = {
  check: [
    [VERDICT_STATUS['can-with-losses'], 'they can be frozen, with the losses that are listed'],
    [VERDICT_STATUS['cannot-know'], 'it depends on something that cannot be seen from outside'],
  ],
};
