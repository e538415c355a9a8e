import { describe, it } from 'vitest';
import { plain, spaces } from '../programs/program-trees.js';
import { nightlySupport } from './nightly.js';
import { type Journey, travel } from './switch-programs.js';

const support = await nightlySupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

// bullseye: its glibc registers no restartable sequences, which 5.10 cannot tell CRIU about.
const journeys: readonly Journey[] = [
  { kernels: ['5.10', '6.1', '6.12', '7.2'], userland: 'bullseye', trees: [plain, spaces] },
  { kernels: ['5.10', '7.2'], userland: 'bullseye', trees: [plain, spaces] },
];

describe.skipIf(!support.ok)(`the program set to ever newer kernels${why}`, () => {
  it.each(journeys)('lives on through $kernels', async journey => {
    await travel(journey);
  });
});
