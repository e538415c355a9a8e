import { leavesUsers } from '../own-users.js';
import type { Rule, Sighting, TreeFacts } from '../rule.js';
import { sysvOfMachine, sysvOfOthers } from '../sysv.js';

const MIB = 2 ** 20;

/** System V objects (sysvipc(7)) in the IPC namespace of the machine, which CRIU saves only as a tree's own. */
export const sysvRules: readonly Rule[] = [
  {
    id: 'sysv-moved',
    looksFor: 'System V memory, semaphores or queues of the machine’s IPC namespace',
    severity: 'loss',
    why: 'The thaw gives the tree an IPC namespace of its own, with a copy of all that is in the machine’s: processes that are not thawed with it do not find it there, nor does ipcs.',
    remedy: '',
    find: facts => (isMoved(facts) ? used(facts) : []),
  },
  {
    id: 'sysv-of-others',
    looksFor: 'such a tree, and more System V memory of others than --ghost-limit',
    severity: 'cannot',
    why: 'It would be copied along: CRIU saves an IPC namespace as a whole.',
    remedy:
      'Give the service an IPC namespace of its own (PrivateIPC=yes in its unit), or have room for it: --ghost-limit',
    find: facts => {
      const [first] = isMoved(facts) ? sysvOfMachine(facts) : [];
      const bytes = sysvOfOthers(facts);
      if (first === undefined || bytes <= facts.options.ghostLimit) return [];
      return [{ pid: first.pid, what: `others have ${Math.ceil(bytes / MIB)} MiB` }];
    },
  },
  {
    id: 'sysv-and-users',
    looksFor: 'such a tree in a user namespace of its own (PrivateUsers=)',
    severity: 'cannot',
    why: 'CRIU takes an IPC namespace only along with a user namespace that it was made in.',
    remedy: 'Set PrivateUsers=no for the unit with systemctl edit, and restart it',
    find: facts => (isMoved(facts) ? [] : used(facts)),
  },
];

function isMoved(facts: TreeFacts): boolean {
  return !leavesUsers(facts);
}

function used(facts: TreeFacts): readonly Sighting[] {
  return sysvOfMachine(facts).map(({ pid, object }) => ({ pid, what: `${object.kind} ${object.id}` }));
}
