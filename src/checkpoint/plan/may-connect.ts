import type { Descriptor } from '../../host/proc/index.js';
import type { TargetTree } from './targets.js';

/** Of more processes nobody reads all descriptors twice. */
const FEW = 50;

/** What is asked about the processes of a tree. */
export interface Asked {
  readonly descriptorsOf: (pid: number) => readonly Descriptor[];
  /** Whether a process lives in another network namespace than this ckpt. */
  readonly hasOwnNetwork: (pid: number) => boolean;
}

/**
 * Whether a tree may have TCP connections that CRIU has to keep silent: it holds a socket, is too large to be looked
 * through, or has a network of its own, all of which CRIU cuts off, whoever has sockets in it (criu/net.c, network_lock()): with
 * iptables, which not every machine has, unless it is told about connections. Setting up rules for connections costs CRIU 15 to 40 ms for which the tree stands still, whether there are
 * any or not, and leaves a table in the kernel.
 */
export function mayConnect(
  { root, processes }: Pick<TargetTree, 'processes'> & { readonly root: Pick<TargetTree['root'], 'pid'> },
  { descriptorsOf, hasOwnNetwork }: Asked,
): boolean {
  return (
    processes.length > FEW ||
    hasOwnNetwork(root.pid) ||
    processes.some(({ pid }) => descriptorsOf(pid).some(({ target }) => target.startsWith('socket:')))
  );
}
