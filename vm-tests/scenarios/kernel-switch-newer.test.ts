import { describe, it } from 'vitest';
import { vmSupport } from '../driver/index.js';
import { type Switch, switchKernels } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

const switches: readonly Switch[] = [
  { from: '6.1', to: '7.2', userland: 'trixie', criu: '4.2.1' },
  { from: '6.1', to: '6.12', userland: 'trixie', criu: '4.2.1' },
  { from: '5.10', to: '6.1', userland: 'bullseye', criu: '4.2.1' },
];

describe.skipIf(!support.ok)(`to a newer kernel${why}`, () => {
  it.each(switches)('everything lives on from $from to $to with $userland', async pair => {
    await switchKernels(pair);
  });
});
