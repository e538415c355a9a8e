import { linkedInode, type OpenFile } from '../../../host/proc/index.js';
import type { Socket } from '../../../host/sockets/index.js';
import { eachFile, type ProcessFacts, type Rule, type TreeFacts } from '../rule.js';

/** Rules about one socket: by what the kernel calls it and by its row in the tables. */
export function eachSocket(
  match: (
    protocol: string | undefined,
    socket: Socket | undefined,
    file: OpenFile,
    facts: TreeFacts,
    process: ProcessFacts,
  ) => string | undefined,
): Rule['find'] {
  return eachFile((file: OpenFile, process: ProcessFacts, facts: TreeFacts) => {
    const inode = linkedInode(file.target, 'socket');
    if (inode === undefined) return undefined;
    return match(process.protocols.get(file.fd), facts.snapshot.sockets.get(inode), file, facts, process);
  });
}
