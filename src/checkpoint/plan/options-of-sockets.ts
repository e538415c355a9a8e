import { linkedInode } from '../../host/proc/index.js';
import type { SetSocket } from '../../host/sockets/index.js';
import type { SeenTree } from '../check/index.js';

/**
 * What was set on the sockets of a tree, and CRIU forgets; each socket once, by one of its descriptors. A tree in a PID namespace
 * of its own has none: its PIDs are other numbers here, and the thaw could not name the descriptors. Pure.
 */
export function optionsOfSockets({ members, processes }: SeenTree): readonly SetSocket[] {
  const found = new Map<number, SetSocket>();
  for (const pid of members) {
    const facts = processes.get(pid);
    if (facts === undefined || facts.task.namespacePids.length > 1) continue;
    for (const { fd, target } of facts.files) {
      const inode = linkedInode(target, 'socket');
      const options = facts.settings.get(fd)?.options ?? [];
      if (inode === undefined || options.length === 0 || found.has(inode)) continue;
      found.set(inode, { pid, fd, options });
    }
  }
  return [...found.values()];
}
