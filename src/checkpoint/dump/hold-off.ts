import { setTimeout as sleep } from 'node:timers/promises';
import { closeDoor, doorRules, doorTable } from '../../host/doors.js';
import { readQueues } from '../../host/sockets/index.js';
import type { PlannedTree } from '../plan/plan.js';

/** How long the programs have to accept the clients that are waiting already. */
const LIMIT_MS = 1000;
/** The time between two looks at who is waiting. */
const PAUSE_MS = 10;
/** So many looks in a row must find nobody waiting: between two of them another client may have come. */
const QUIET_LOOKS = 3;

/** New clients kept from the listening sockets of trees. */
export interface HeldOff {
  /** Lets them in again. Safe to call twice. */
  release(): Promise<void>;
}

/**
 * Keeps new TCP clients away, and waits until those that have come are accepted, at most `LIMIT_MS`. CRIU refuses a
 * listening socket at which a client waits, and at a busy server one always does. To a client that is kept away its
 * packet looks lost: TCP sends it again after a second. Without nft nobody is kept away. Should `ckpt` die, the rules
 * go by themselves after a while.
 * @param id of the freeze
 */
export async function holdOffClients(trees: readonly PlannedTree[], id: string): Promise<HeldOff> {
  const listeners = trees.flatMap(tree => tree.listeners);
  const [pid] = trees.flatMap(({ root, listeners }) => (listeners.length > 0 ? [root.pid] : []));
  if (pid === undefined) return { release: async () => {} };
  const table = doorTable(id);
  const closed = await closeDoor(doorRules(table, [...new Set(listeners.map(({ port }) => port))]), table);
  const inodes = new Set(listeners.map(({ inode }) => inode));
  const deadline = performance.now() + LIMIT_MS;
  for (let quiet = 0; quiet < QUIET_LOOKS && performance.now() < deadline; ) {
    const waiting = [...readQueues(pid)].some(([inode, count]) => inodes.has(inode) && count > 0);
    quiet = waiting ? 0 : quiet + 1;
    await sleep(PAUSE_MS);
  }
  return closed;
}
