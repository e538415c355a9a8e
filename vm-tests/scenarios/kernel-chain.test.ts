import { plain, spaces } from '../programs/program-trees.js';
import { describeJourneys } from './journeys.js';

// bullseye: its glibc registers no restartable sequences, which 5.10 cannot tell CRIU about.
await describeJourneys('the program set to ever newer kernels', [
  { kernels: ['5.10', '7.2'], userland: 'bullseye', trees: [plain, spaces] },
  { kernels: ['5.10', '6.1', '6.12', '7.2'], userland: 'bullseye', trees: [plain, spaces], nightly: true },
]);
