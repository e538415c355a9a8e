import { leavesUsers } from '../own-users.js';
import type { Rule } from '../rule.js';

/** The kinds of namespaces that ckpt writes down itself, as CRIU is sent into them (checkpoint/remember/leave-users.ts). */
const WRITTEN_BY_CKPT: ReadonlySet<string> = new Set(['mnt', 'uts']);

/** What is said of a tree in a user namespace of its own (user_namespaces(7)), such as PrivateUsers= makes. */
export const userRules: readonly Rule[] = [
  {
    id: 'own-user-namespace',
    looksFor:
      'a tree in a user namespace of its own that has capabilities there, or users with other numbers',
    severity: 'unknown',
    why: 'Whether CRIU can make it again depends on what this machine lets the root of such a namespace do; on some the thaw fails.',
    remedy: 'Try it on a tree that can be lost: freeze it and thaw it here',
    // With mounts of its own it is refused (mounts-and-more).
    find: facts => (leavesUsers(facts) || facts.ownMounts?.sameRoot ? [] : (facts.ownUsers?.bound ?? [])),
  },
  {
    id: 'user-namespace-left',
    looksFor:
      'a tree without capabilities in a user namespace that calls its users as the machine does (PrivateUsers=)',
    severity: 'loss',
    why: 'ckpt thaws it as the same users, still without any capability, but outside of this namespace: what belongs to others no longer looks like nobody’s.',
    remedy: '',
    find: facts => (leavesUsers(facts) ? [{ pid: facts.root, what: 'own user namespace' }] : []),
  },
  {
    id: 'users-and-more',
    looksFor: 'such a tree that has an IPC, network or time namespace of its own, too',
    severity: 'cannot',
    why: 'CRIU takes these only along with a user namespace that they were made in, and systemd makes them before it.',
    remedy: 'Set PrivateUsers=no for the unit with systemctl edit, and restart it',
    find: facts =>
      leavesUsers(facts)
        ? (facts.ownUsers?.others ?? [])
            .filter(kind => !WRITTEN_BY_CKPT.has(kind))
            .map(kind => ({ pid: facts.root, what: `own ${kind} namespace` }))
        : [],
  },
];
