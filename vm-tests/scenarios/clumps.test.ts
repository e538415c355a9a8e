import { describe, it } from 'vitest';
import { vmSupport } from '../driver/index.js';
import { dialogue } from '../workloads/dialogue.js';
import { leftJobs } from '../workloads/left-jobs.js';
import { terminals } from '../workloads/terminals.js';
import { switchKernels } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

describe.skipIf(!support.ok)(`what belongs together${why}`, () => {
  it('jobs of a login that is over, services in the middle of a talk, and a tmux with all its windows, live on from 6.1 to 7.2', async () => {
    await switchKernels({ from: '6.1', to: '7.2', userland: 'trixie', criu: '4.2.1' }, [
      leftJobs,
      dialogue,
      terminals,
    ]);
  });
});
