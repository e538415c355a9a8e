import { setTimeout as sleep } from 'node:timers/promises';
import { closeDoor, doorRules, doorTable } from '../host/doors.js';
import { readQueues } from '../host/sockets/index.js';
import type { PlannedTree } from './plan.js';

/** How long the programs have to accept who has come already, how often that is looked at, and how often it must be so. */
const LIMIT_MS = 1000;
const PAUSE_MS = 10;
const QUIET_LOOKS = 3;

/** New clients kept from the listening sockets of trees. */
export interface HeldOff {
  /** Lets them in again. Safe to call twice. */
  release(): Promise<void>;
}

/**
 * Keeps new TCP clients away and waits until those who have come are accepted, or for a second: CRIU refuses a listening
 * socket where somebody waits, and with a busy server somebody always does. They ask again after a second, as TCP does when
 * nobody answers. Where nft cannot be had nobody is held off; by itself that ends after a while, should `ckpt` die.
 * @param id of the freeze
 */
export async function holdOffClients(trees: readonly PlannedTree[], id: string): Promise<HeldOff> {
  const listeners = trees.flatMap(tree => tree.listeners);
  const [pid] = trees.flatMap(({ root, listeners }) => (listeners.length > 0 ? [root.pid] : []));
  if (pid === undefined) return { release: async () => {} };
  const table = doorTable(id);
  const closed = await closeDoor(doorRules(table, [...new Set(listeners.map(({ port }) => port))]), table);
  const inodes = new Set(listeners.map(({ inode }) => inode));
  const deadline = Date.now() + LIMIT_MS;
  for (let quiet = 0; quiet < QUIET_LOOKS && Date.now() < deadline; ) {
    const waiting = [...readQueues(pid)].some(([inode, count]) => inodes.has(inode) && count > 0);
    quiet = waiting ? 0 : quiet + 1;
    await sleep(PAUSE_MS);
  }
  return closed;
}
