import { type Mount, NAMESPACES, type NamespaceKind } from '../../../host/proc/index.js';
import { userOfLoginFolder } from '../../../host/systemd/login-folders.js';
import { mib } from '../../../mib.js';
import { looseBytes, looseUnruled } from '../loose-files.js';
import { each, type ProcessFacts, type Rule, type Sighting, type TreeFacts } from '../rule.js';

/**
 * CLONE_SUBNS: the kinds that may differ below the root of a tree (criu/namespaces.c, generate_ns_id), but only where
 * the root itself is not in the machine's own: else the dump works and the restore does not (criu/pstree.c).
 */
const NESTABLE: ReadonlySet<NamespaceKind> = new Set(['mnt', 'net']);
export const placeRules: readonly Rule[] = [
  {
    id: 'pid-namespace-without-init',
    looksFor: 'a PID namespace whose first process stays outside',
    severity: 'cannot',
    why: 'CRIU saves a PID namespace only with its first process.',
    remedy: 'Name the container’s first process instead',
    find: facts => {
      const task = facts.processes.get(facts.root)?.task;
      const theirs = facts.snapshot.namespaces.get(facts.root)?.pid;
      if (task === undefined || theirs === undefined || theirs === facts.snapshot.ownNamespaces.pid)
        return [];
      return task.namespacePids.at(-1) === 1
        ? []
        : [{ pid: facts.root, what: `PID ${task.namespacePids.at(-1)} of its namespace` }];
    },
  },
  {
    id: 'nested-namespace',
    looksFor: 'a process in a namespace that the root of the tree is not in',
    severity: 'cannot',
    why: 'CRIU restores a namespace below the root only for mounts and the network, and only in a container that has its own.',
    remedy:
      'Freeze the inner process on its own, or end it first where it is a sandbox or a container with a / of its own (bubblewrap, Flatpak, podman)',
    find: facts => nested(facts),
  },
  {
    id: 'time-namespace-for-children',
    looksFor: 'a process whose children are born into another time namespace',
    severity: 'cannot',
    why: 'CRIU refuses a process that has set up a time namespace for its children (dump_task_ns_ids).',
    remedy: 'Freeze the inner process on its own',
    find: each(({ childNamespaces }) =>
      childNamespaces.includes('time') ? ['time namespace for children'] : [],
    ),
  },
  {
    id: 'pid-namespace-for-children',
    looksFor: 'a process whose children are born into another PID namespace',
    severity: 'loss',
    why: 'It has set up a PID namespace for its next children (unshare without fork), which CRIU does not carry over: they will be born into its own.',
    remedy: '',
    find: each(({ childNamespaces }) =>
      childNamespaces.includes('pid') ? ['PID namespace for children'] : [],
    ),
  },
  {
    id: 'own-interfaces',
    looksFor: 'a tree in a network namespace of its own, with more than the loopback interface',
    severity: 'unknown',
    why: 'CRIU makes most kinds of interfaces again, but not one whose other end is outside (a veth of a container engine), and that cannot be seen from here.',
    remedy: 'Try it on a tree that can be lost: freeze it and thaw it here',
    find: facts => facts.interfaces.map(what => ({ pid: facts.root, what: `interface ${what}` })),
  },
  {
    id: 'own-filter',
    looksFor: 'a tree in a network namespace of its own',
    severity: 'note',
    why: 'Packet filter rules in it come back only with a CRIU that was built with libnftables, and those of iptables only where iptables-save is installed.',
    remedy: '',
    find: facts => ownOf(facts, 'net'),
  },
  {
    id: 'own-queues',
    looksFor: 'a tree in an IPC namespace of its own',
    severity: 'note',
    why: 'Its System V memory, semaphores and queues come back; POSIX message queues that nobody has open do not.',
    remedy: '',
    find: facts => ownOf(facts, 'ipc'),
  },
  {
    id: 'folder-in-memory',
    looksFor: 'a working folder, socket or deleted file in memory, in a folder that only the tree sees',
    severity: 'unknown',
    why: 'A reboot empties this file system (tmpfs), and the thaw needs the folder there again. Others it makes itself.',
    remedy: 'Have it there before the thaw. Without a reboot nothing is lost',
    find: each((process, facts) =>
      foldersNeeded(process, facts)
        .filter(folder => isOnlySeenNow(folder, process.mounts, facts))
        .map(folder => `the folder ${folder}`),
    ),
  },
  {
    id: 'folder-of-login',
    looksFor: 'a working folder, socket or file in /run/user of a user who does not linger',
    severity: 'unknown',
    why: 'This folder is there as long as its user is logged in (/run/user/UID), and a boot has it only for a user who lingers. The thaw needs it.',
    remedy:
      'loginctl enable-linger USER, before the freeze or after the boot; a login of that user before the thaw does the same. Without a reboot nothing is lost',
    find: each((process, facts) => {
      const files = process.files.filter(file => file.type === 'regular').map(file => folderOf(file.target));
      return [...new Set([...foldersNeeded(process, facts), ...files])].filter(folder => {
        const user = userOfLoginFolder(mountHolding(folder, process.mounts)?.mountpoint ?? '');
        return user !== undefined && !facts.lingering.has(user);
      });
    }),
  },
  {
    id: 'loose-files',
    looksFor:
      'temporary files of the users of the tree (not of root), newer than it and not open, larger than the limit in all or too many to be looked through',
    severity: 'unknown',
    why: 'A reboot takes them away (/tmp, /dev/shm). Whether the program will open them again by name nobody can see (sort does, and scripts with mktemp).',
    remedy:
      'Take them along with a higher --ghost-limit, or delete those that nobody needs. A /tmp on the disk is left alone with “d /tmp 1777 root root -” in /etc/tmpfiles.d/tmp.conf. Without a reboot nothing is lost',
    find: ({ root, looseFiles, looseOwners, options }) => {
      if (looseFiles === undefined)
        return [{ pid: root, what: `too many files in ${looseOwners.places.join(' and ')}` }];
      const unruled = looseUnruled(looseFiles, options.files);
      const [first] = unruled;
      const bytes = looseBytes(unruled);
      if (first === undefined || bytes <= options.ghostLimit) return [];
      const what = `${unruled.length} in all with ${mib(bytes)}, ${first.path} for one`;
      return [{ pid: root, what }];
    },
  },
  {
    id: 'root-folder-gone',
    looksFor: 'a root folder that is deleted',
    severity: 'cannot',
    why: 'What the process takes for / (chroot) has been deleted, so CRIU can mount nothing there that it needs.',
    remedy: 'Restart the program in a folder that is there',
    find: each(({ rootFolder }) => (rootFolder.endsWith(' (deleted)') ? [rootFolder] : [])),
  },
  {
    id: 'supervised',
    looksFor: 'a seccomp filter, while a supervisor on this machine answers system calls',
    severity: 'unknown',
    why: 'Some process outside answers system calls of a sandbox; if it is this one’s, its calls fail after the thaw.',
    remedy: 'Freeze the supervisor’s container as a whole, or end the sandbox',
    find: facts => {
      const filtered = facts.members.filter(pid => facts.processes.get(pid)?.task.seccomp === 2);
      if (filtered.length === 0) return [];
      const supervised = [...facts.snapshot.descriptors].some(
        ([pid, list]) =>
          !facts.members.includes(pid) && list.some(d => d.target === 'anon_inode:seccomp notify'),
      );
      return supervised ? filtered.map(pid => ({ pid, what: 'runs under a filter' })) : [];
    },
  },
];

/** A namespace that the root does not share with this ckpt. A zombie's cannot be read: it lives nowhere any more. */
function ownOf({ snapshot, root }: TreeFacts, kind: NamespaceKind): readonly Sighting[] {
  const inode = snapshot.namespaces.get(root)?.[kind];
  return inode === undefined || inode === snapshot.ownNamespaces[kind]
    ? []
    : [{ pid: root, what: `own ${kind} namespace` }];
}

/** Whether a process has other mounts than the root of its tree: that alone says why it cannot be frozen. */
export function hasInnerMounts(
  pid: number,
  { root, snapshot: { namespaces, ownNamespaces } }: TreeFacts,
): boolean {
  const [theirs, outer] = [namespaces.get(pid)?.mnt, namespaces.get(root)?.mnt];
  return theirs !== undefined && theirs !== outer && outer === ownNamespaces.mnt;
}

function nested(facts: TreeFacts): readonly Sighting[] {
  const root = facts.snapshot.namespaces.get(facts.root) ?? {};
  return facts.members.flatMap(pid => {
    const theirs = facts.snapshot.namespaces.get(pid) ?? {};
    return NAMESPACES.filter(kind => theirs[kind] !== undefined && theirs[kind] !== root[kind])
      .filter(kind => !NESTABLE.has(kind) || root[kind] === facts.snapshot.ownNamespaces[kind])
      .map(kind => ({ pid, what: `${kind} namespace ${theirs[kind]}` }));
  });
}

/** Folders that a thaw puts something in or goes to: working folders, those of sockets and of deleted files. */
function foldersNeeded(process: ProcessFacts, { snapshot }: TreeFacts): readonly string[] {
  const sockets = process.files
    .map(file => snapshot.sockets.get(file.target.startsWith('socket:') ? file.inode : -1))
    .flatMap(socket => (socket?.family === 'unix' && socket.local.startsWith('/') ? [socket.local] : []));
  const deleted = process.files
    .filter(file => file.type === 'regular' && file.names === 0 && file.target.endsWith(' (deleted)'))
    .map(file => file.target);
  return [...new Set([process.workingFolder, ...[...sockets, ...deleted].map(folderOf)])];
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** The last of the longest: later mounts hide earlier ones. */
function mountHolding(folder: string, mounts: readonly Mount[]): Mount | undefined {
  const holds = (mount: Mount): boolean =>
    mount.mountpoint === '/' || folder === mount.mountpoint || folder.startsWith(`${mount.mountpoint}/`);
  return mounts
    .filter(holds)
    .reduce<Mount | undefined>(
      (best, one) => (best === undefined || one.mountpoint.length >= best.mountpoint.length ? one : best),
      undefined,
    );
}

/**
 * Whether a folder lies on a tmpfs and a thaw would not make it again: the machine has it in another place. What is in a
 * tmpfs of the tree's own travels with it.
 */
function isOnlySeenNow(folder: string, mounts: readonly Mount[], { ownMounts }: TreeFacts): boolean {
  const mount = mountHolding(folder, mounts);
  if (mount?.fileSystem !== 'tmpfs') return false;
  const outside = ownMounts?.outside.find(one => one.mountpoint === mount.mountpoint);
  return outside !== undefined && outside.source !== outside.mountpoint && folder !== mount.mountpoint;
}
