import { describe, it } from 'vitest';
import { plain, spaces } from '../programs/program-trees.js';
import { nightlySupport } from './nightly.js';
import { type Journey, travel } from './switch-programs.js';

const support = await nightlySupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

/**
 * On 7.2 trixie's glibc registers 33 bytes of restartable sequence, and older kernels take 32: `new_threads` lives on
 * only if the registration and glibc's own __rseq_size are both changed.
 */
const journeys: readonly Journey[] = [
  { kernels: ['7.2', '6.1'], userland: 'trixie', trees: [plain, spaces] },
  { kernels: ['7.2', '5.10'], userland: 'trixie', trees: [plain, spaces] },
  { kernels: ['7.2', '5.10'], userland: 'bullseye', trees: [plain, spaces] },
];

describe.skipIf(!support.ok)(`the program set back to an older kernel${why}`, () => {
  it.each(journeys)('lives on through $kernels with $userland', async journey => {
    await travel(journey);
  });
});
