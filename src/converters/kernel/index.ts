/** All rules that cross kernels. */
import type { Tree } from '../../image-format/neutral/index.js';
import { accountNames } from './accounts.js';
import {
  bufferLocks,
  executableSeal,
  extensibleScheduling,
  fanotifyReports,
  pidDescriptors,
  udpLite,
} from './features.js';
import { droppableMemory, guardRegions, shadowStacks } from './mappings.js';
import { processorInstructions, processorState } from './processor.js';
import { rseqLength } from './rseq-length.js';
import type { KernelContext, KernelStep } from './step.js';

export const kernelSteps: readonly KernelStep[] = [
  rseqLength,
  guardRegions,
  droppableMemory,
  shadowStacks,
  udpLite,
  executableSeal,
  extensibleScheduling,
  pidDescriptors,
  fanotifyReports,
  bufferLocks,
  processorState,
  processorInstructions,
  accountNames,
];

/** The tree as the target's kernel takes it. */
export function fitKernel(tree: Tree, context: KernelContext): Tree {
  return kernelSteps.reduce((form, step) => step.apply(form, context), tree);
}
