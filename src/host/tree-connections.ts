import { asInRules, type Ends } from './nftables.js';
import { readDescriptors } from './proc/descriptors.js';
import { descendants } from './proc/family.js';
import { listTasks } from './proc/process.js';
import { readConnections } from './sockets/index.js';

/** PIDs of a tree as it is now, the root's first. */
export function familyOf(root: number): readonly number[] {
  return descendants(root, listTasks()).map(({ pid }) => pid);
}

/** The TCP connections that a tree has now, as rules of nftables name them. */
export function connectionsOf(root: number): readonly Ends[] {
  const own = new Set(familyOf(root).flatMap(pid => readDescriptors(pid).map(({ target }) => target)));
  return readConnections(root)
    .filter(({ inode }) => own.has(`socket:[${inode}]`))
    .map(({ local, remote }) => ({ local: asInRules(local), remote: asInRules(remote) }));
}
