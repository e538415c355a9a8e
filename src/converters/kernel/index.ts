/** All rules that cross kernels. */
import type { Tree } from '../../image-format/neutral/index.js';
import type { MachineFacts } from '../machine.js';
import type { Loss } from '../steps/step.js';
import { accountNames } from './accounts.js';
import { fanotifyReports } from './fanotify.js';
import { executableSeal, pidDescriptors } from './features.js';
import { droppableMemory, guardRegions, shadowStacks } from './mappings.js';
import { amxTiles, processorInstructions, processorState } from './processor.js';
import { rseqLength } from './rseq-length.js';
import { schedulingPolicy } from './scheduling.js';
import {
  bufferLocks,
  linkLocalConnections,
  passedCredentials,
  tcpTimestampUnit,
  udpLite,
} from './sockets.js';
import { type KernelContext, type KernelStep, kernelVersion } from './step.js';

export const kernelSteps: readonly KernelStep[] = [
  rseqLength,
  guardRegions,
  droppableMemory,
  shadowStacks,
  udpLite,
  executableSeal,
  schedulingPolicy,
  pidDescriptors,
  fanotifyReports,
  bufferLocks,
  passedCredentials,
  tcpTimestampUnit,
  processorState,
  amxTiles,
  processorInstructions,
  accountNames,
];

/** The tree as the target's kernel takes it. */
export function fitKernel(tree: Tree, context: KernelContext): Tree {
  return kernelSteps.reduce((form, step) => step.apply(form, context), tree);
}

/**
 * What would keep a tree from coming back on the very machine and kernel that it runs on: the first fatal loss there.
 * A thaw anywhere else would lose at least as much.
 * @param release of that kernel (uname -r)
 */
export function noWayBack(tree: Tree, release: string, machine: MachineFacts): Loss | undefined {
  const kernel = kernelVersion(release);
  if (kernel === undefined) return undefined;
  const fatal: Loss[] = [];
  const lost = (loss: Loss): void => {
    if (loss.severity === 'fatal') fatal.push(loss);
  };
  const context = { kernel, machine, lost, patch: () => {}, readFile: () => undefined };
  fitKernel(tree, context);
  // Not among the others: a thaw may close what it cannot keep (--tcp close).
  linkLocalConnections.apply(tree, context);
  return fatal[0];
}
