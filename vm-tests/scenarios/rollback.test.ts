import { plain, rare, spaces } from '../programs/program-trees.js';
import { describeJourneys } from './journeys.js';

/**
 * On 7.2 trixie's glibc registers 33 bytes of restartable sequence, and older kernels take 32: `new_threads` lives on
 * only if the registration and glibc's own __rseq_size are both changed.
 */
await describeJourneys('the program set back to an older kernel', [
  // back to the old system with all that belongs to it: the newest CRIU froze, the oldest thaws
  { kernels: ['7.2', '6.1'], criu: ['4.3', '3.17.1'], userland: 'trixie', trees: [plain, spaces] },
  { kernels: ['7.2', '5.10'], userland: 'trixie', trees: [plain, spaces] },
  { kernels: ['7.2', '5.10'], userland: 'bullseye', trees: [plain, spaces], nightly: true },
  { kernels: ['7.2', '6.1', '7.2'], userland: 'trixie', trees: [rare], nightly: true },
]);
