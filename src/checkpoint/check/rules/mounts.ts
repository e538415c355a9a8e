import type { Mount } from '../../../host/proc/index.js';
import {
  isOutside,
  NAMESPACES,
  type OwnMounts,
  perishableMounts,
  type SeenOutsideMount,
} from '../own-mounts.js';
import { leavesUsers } from '../own-users.js';
import type { Rule, Sighting, TreeFacts } from '../rule.js';
import { isInContainer } from './containers.js';

const EDIT = 'with systemctl edit, and restart it';

/**
 * Of systemd, the same on every boot: what it puts in the place of what a unit may not see, and the sockets of the journal
 * (/dev/log is one of them).
 */
const OF_EVERY_BOOT = ['/run/systemd/inaccessible/', '/run/systemd/journal/'];

/**
 * File systems that CRIU makes anew: in memory, message queues, of which it takes empty ones only, and what the kernel says
 * of the processes (for units by MountAPIVFS=, which ProtectProc=, ProtectControlGroups= and others bring along).
 */
const MADE_ANEW = new Set(['tmpfs', 'mqueue', 'proc']);

/** What stands against a tree with mounts of its own: the rest comes back as it was (measured: docs/limits.md). */
export const mountRules: readonly Rule[] = [
  {
    id: 'mounts-of-container',
    looksFor: 'a tree with mounts of its own whose / is not the machine’s',
    severity: 'cannot',
    why: 'The root folder of a container is mounted by its engine, and ckpt cannot do that in its place.',
    remedy:
      'A container is for its engine to freeze; a unit needs RootDirectory=, RootImage= and DynamicUser= off',
    find: facts =>
      facts.ownMounts === undefined || facts.ownMounts.sameRoot || isInContainer(facts)
        ? []
        : [{ pid: facts.root, what: 'a / of its own' }],
  },
  {
    id: 'mounts-made-anew',
    looksFor: 'a mount of a tree’s own that is neither of the machine nor an uncovered tmpfs, mqueue or proc',
    severity: 'cannot',
    why: 'Of what a tree has mounted for itself only tmpfs, mqueue and proc were seen to come back, and only what nothing covers.',
    remedy: `Have the unit do without it ${EDIT}`,
    find: inMounts(({ made, stacked }) =>
      made
        .filter(one => !MADE_ANEW.has(one.fileSystem) || stacked.has(one.mountpoint) || !isWhole(one, made))
        .map(one => `${one.mountpoint} is a ${one.fileSystem} of its own`),
    ),
  },
  {
    id: 'mounts-of-queues',
    looksFor: 'message queues in a mount of a tree’s own',
    severity: 'cannot',
    why: 'CRIU saves no POSIX message queue, and takes a file system of queues only while it is empty.',
    remedy: 'Have the program remove its queues (mq_unlink), or do without PrivateIPC=',
    find: inMounts(({ queues }) => queues.map(place => `${place} has queues in it`)),
  },
  {
    id: 'mounts-of-files',
    looksFor: 'a single file in memory that is mounted for a tree, or a place that is gone',
    severity: 'cannot',
    why: 'What is mounted there is gone after a boot, if it is not already, and a thaw cannot mount it again.',
    remedy: `Have the unit mount something that lies on the disk (BindPaths=, BindReadOnlyPaths=) ${EDIT}`,
    find: inMounts(({ outside }) =>
      outside.filter(isFleeting).map(one => `${one.mountpoint} is ${one.source}`),
    ),
  },
  {
    id: 'mounts-with-odd-names',
    looksFor: 'a mount of a tree’s own whose place has a colon or a bracket in its name',
    severity: 'cannot',
    why: 'CRIU takes these characters of a place for its own punctuation.',
    remedy: 'Mount it elsewhere',
    find: inMounts(({ outside }) => outside.map(one => one.mountpoint).filter(place => /[[\]:]/.test(place))),
  },
  {
    id: 'private-tmp-in-use',
    looksFor: 'files in the private /tmp or /var/tmp of a unit',
    severity: 'cannot',
    why: 'systemd deletes these folders when the processes of the unit end, as they do in a freeze.',
    remedy: `Set PrivateTmp=no for the unit ${EDIT}, or have it delete these files first`,
    find: inMounts(mounts =>
      perishableMounts(mounts)
        .filter(({ facts }) => (facts?.names ?? 0) > 0)
        .map(one => `${one.mountpoint} has files in it`),
    ),
  },
  {
    id: 'mounts-left-out',
    looksFor: 'tracefs among the mounts of a tree’s own',
    severity: 'loss',
    why: 'CRIU leaves tracefs out: after the thaw the processes no longer see it in this place.',
    remedy: '',
    find: inMounts(({ outside }) =>
      outside.filter(one => one.fileSystem === 'tracefs').map(one => `${one.mountpoint} is tracefs`),
    ),
  },
  {
    id: 'mounts-of-namespaces',
    looksFor: 'a namespace that is mounted on the machine, such as the network of a container',
    severity: 'note',
    why: 'It belongs to others, and ends with the boot. The thaw puts an empty file in its place where nothing lies.',
    remedy: '',
    find: inMounts(({ outside }) =>
      outside
        .filter(one => one.fileSystem === NAMESPACES)
        .map(one => `${one.mountpoint} is a namespace of others`),
    ),
  },
  {
    id: 'opened-outside',
    looksFor: 'a file that was opened before its tree got mounts of its own',
    severity: 'cannot',
    why: 'CRIU looks for every file in the mounts that the processes see now. Of what lies outside only /dev/null can be given back.',
    remedy:
      'Open it after the mounts are made: start the program by unshare, nsenter or systemd, with no files handed to it',
    find: facts => openedOutside(facts),
  },
  {
    id: 'mounts-and-more',
    looksFor:
      'mounts of a tree’s own together with a PID namespace, or a user namespace with capabilities in it, or with other mounts for some of its processes',
    severity: 'cannot',
    why: 'ckpt gives a tree its mounts back only where all its processes have the same ones and it is not a container.',
    remedy: `Set PrivateUsers=no for the unit ${EDIT}`,
    find: facts => otherNamespaces(facts),
  },
];

/** Whether a file system is mounted from its top, here or elsewhere in the tree: parts of it are bound from there. */
function isWhole({ device }: Mount, made: readonly Mount[]): boolean {
  return made.some(one => one.device === device && one.root === '/');
}

/** Folders can be made again. Files that the kernel has, for a control group too, are there again by themselves. */
function isFleeting({ facts, fileSystem, source }: SeenOutsideMount): boolean {
  if (facts === undefined) return true;
  return !facts.folder && fileSystem === 'tmpfs' && !OF_EVERY_BOOT.some(place => source.startsWith(place));
}

/** Of a container nothing more needs to be said than that it is one. */
function inMounts(find: (mounts: OwnMounts) => readonly string[]): Rule['find'] {
  return ({ root, ownMounts }) =>
    ownMounts?.sameRoot ? find(ownMounts).map(what => ({ pid: root, what })) : [];
}

function openedOutside({ ownMounts, members, processes }: TreeFacts): readonly Sighting[] {
  if (!ownMounts?.sameRoot) return [];
  const { ids, outsideDevices } = ownMounts;
  const named = members.flatMap(pid =>
    (processes.get(pid)?.files ?? []).filter(file => isOutside(file, ids)).map(file => ({ pid, file })),
  );
  return [...outsideDevices, ...named.filter(({ file }) => !file.target.startsWith('/dev/'))]
    .filter(({ file }) => file.target !== '/dev/null')
    .map(({ pid, file }) => ({ pid, what: `fd ${file.fd} is ${file.target}` }));
}

/** Why it cannot be thawed outside of its user namespace. */
function because({ ownUsers }: TreeFacts): string {
  const [first] = ownUsers?.bound ?? [];
  return first === undefined ? '' : `, and PID ${first.pid} ${first.what}`;
}

function otherNamespaces(facts: TreeFacts): readonly Sighting[] {
  const { ownMounts, root, members, snapshot } = facts;
  if (!ownMounts?.sameRoot) return [];
  const theirs = snapshot.namespaces.get(root);
  const whole = (['user', 'pid'] as const)
    .filter(kind => theirs?.[kind] !== snapshot.ownNamespaces[kind])
    .filter(kind => kind !== 'user' || !leavesUsers(facts))
    .map(kind => ({ pid: root, what: `own ${kind} namespace${kind === 'user' ? because(facts) : ''}` }));
  const others = members
    .filter(pid => (snapshot.namespaces.get(pid)?.mnt ?? theirs?.mnt) !== theirs?.mnt)
    .map(pid => ({ pid, what: 'other mounts' }));
  return [...whole, ...others];
}
