import type { Descriptor } from '../../host/proc/index.js';
import type { TargetTree } from './targets.js';

/** Of more processes nobody reads all descriptors twice. */
const FEW = 50;

/**
 * Whether a tree may have TCP connections that CRIU has to keep silent: it holds a socket, or is too large to be looked
 * through. Setting up rules for connections costs CRIU 15 to 40 ms for which the tree stands still, whether there are
 * any or not, and leaves a table in the kernel.
 */
export function mayConnect(
  { processes }: TargetTree,
  descriptorsOf: (pid: number) => readonly Descriptor[],
): boolean {
  return (
    processes.length > FEW ||
    processes.some(({ pid }) => descriptorsOf(pid).some(({ target }) => target.startsWith('socket:')))
  );
}
