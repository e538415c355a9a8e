import { linkedInode, type OpenFile } from '../../../host/proc/index.js';
import type { Socket } from '../../../host/sockets/index.js';
import { eachFile, type ProcessFacts, type Rule, type TreeFacts } from '../rule.js';

/** A socket as a descriptor of a process, with what is known of it. */
export interface SocketFacts {
  readonly file: OpenFile;
  /** What the kernel calls its kind (net/*, `struct proto`); none where the kernel does not say. */
  readonly protocol: string | undefined;
  /** Its row in the tables of its network; none where that could not be read. */
  readonly socket: Socket | undefined;
  /** What was set on it; none where it could not be asked. */
  readonly settings: ReturnType<ProcessFacts['settings']['get']>;
  readonly process: ProcessFacts;
  readonly tree: TreeFacts;
}

/** Rules about one socket. */
export function eachSocket(match: (facts: SocketFacts) => string | undefined): Rule['find'] {
  return eachFile((file, process, tree) => {
    const inode = linkedInode(file.target, 'socket');
    if (inode === undefined) return undefined;
    const socket = tree.snapshot.sockets.get(inode);
    const settings = process.settings.get(file.fd);
    return match({ file, protocol: process.protocols.get(file.fd), socket, settings, process, tree });
  });
}
