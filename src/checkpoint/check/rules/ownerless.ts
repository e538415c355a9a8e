import { linkedInode } from '../../../host/proc/index.js';
import type { Ownerless } from '../../../host/sockets/index.js';
import type { ProcessFacts, Rule, Sighting, TreeFacts } from '../rule.js';

/** Connections at the ports of a tree that the kernel has, and no process: nothing of them can be frozen. */
export const ownerlessRules: readonly Rule[] = [
  {
    id: 'tcp-deferred',
    looksFor: 'clients that have connected and said nothing, on a socket with TCP_DEFER_ACCEPT',
    severity: 'loss',
    why: 'The kernel keeps them from the program until they say something, and CRIU does not see them: what they say after the freeze is answered by a reset.',
    remedy:
      'Nothing that they sent is lost, and most connect again; to avoid it, start the program without that (nginx: no `deferred`; apache2: AcceptFilter http none)',
    find: eachListener((left, { settings }, fd) => {
      const deferred = settings.get(fd)?.options.some(({ name }) => name === 'TCP_DEFER_ACCEPT') === true;
      const waiting = left.filter(({ state }) => state === 'half-open').length;
      return deferred && waiting > 0 ? `with ${waiting} such client(s)` : undefined;
    }),
  },
  {
    id: 'tcp-closed-unsent',
    looksFor: 'connections that the program has closed, and whose peer has not received all of it yet',
    severity: 'loss',
    why: 'The kernel goes on sending by itself, and forgets them when it ends. A peer that has not received all by then is reset in the middle when it says something, as a slow reader does; one that only waits for more is told nothing, and waits until it gives up by itself.',
    remedy:
      'Switch kernels when none are left, before or after the freeze: ss -tno state fin-wait-1; the same with last-ack and closing',
    find: eachListener(left => {
      const closed = left.filter(({ state }) => state === 'closed');
      const bytes = closed.reduce((sum, { unsent }) => sum + unsent, 0);
      return bytes > 0 ? `with ${closed.length} such connection(s), ${bytes} bytes to go` : undefined;
    }),
  },
];

/** Rules about listening sockets, of which each counts once, however many processes have it. */
function eachListener(
  match: (left: readonly Ownerless[], process: ProcessFacts, fd: number) => string | undefined,
): Rule['find'] {
  return ({ members, processes, snapshot, ownerless }: TreeFacts) => {
    const found = new Map<number, Sighting>();
    for (const pid of members) {
      const process = processes.get(pid);
      for (const { fd, target } of process?.files ?? []) {
        const inode = linkedInode(target, 'socket');
        const left = inode === undefined ? undefined : ownerless.get(inode);
        if (process === undefined || inode === undefined || left === undefined || found.has(inode)) continue;
        const words = match(left, process, fd);
        if (words !== undefined)
          found.set(inode, { pid, what: `${snapshot.sockets.get(inode)?.local} ${words}` });
      }
    }
    return [...found.values()];
  };
}
