import { join } from 'node:path';
import { leaveUsers, type SeenOutside } from '../../converters/leave-users.js';
import { fail } from '../../errors.js';
import { type Mount, readMounts, readRights } from '../../host/proc/index.js';
import { run } from '../../host/run.js';
import type { Mount as NeutralMount, Tree } from '../../image-format/neutral/index.js';
import { fileSystems, type mountFlags } from '../../image-format/neutral/words/namespaces.js';
import type { Dump } from '../dump/prepare-freeze.js';

/**
 * Saves the files in the tmpfs mounts that are a tree's own. CRIU leaves them out here: it runs inside the tree's mount
 * namespace, so to CRIU those mounts are the machine's. They are saved in the form that CRIU itself would give them
 * (criu/filesystems.c, tmpfs_dump()). The tree must stand still meanwhile.
 */
export async function saveOwnFileSystems({ root, images, tree }: Dump): Promise<void> {
  if (tree.leftUsers?.mounts !== true) return;
  const outside = placesOutside(tree);
  const own = readMounts(root).filter(one => one.fileSystem === 'tmpfs' && !outside.has(one.mountpoint));
  const wholes = new Map(own.filter(one => one.root === '/').map(one => [one.device, one]));
  for (const { device, mountpoint } of wholes.values()) {
    const { major, minor } = numbersOf(device);
    const file = join(images, `tmpfs-dev-${((major << 20) | minor) >>> 0}.tar.gz.img`);
    const { status, startError, stderr } = await run(
      'tar',
      [...TAR, '--file', file, '--directory', `/proc/${root}/root${mountpoint}`, '.'],
      { waitingFor: `tar to read ${mountpoint} of ${root}`, limit: TAR_LIMIT, detached: true },
    );
    if (status !== 0)
      throw fail('freeze-own-files', { pid: root, place: mountpoint, problem: startError ?? stderr.trim() });
  }
}

const TAR = [
  ...['--create', '--gzip', '--no-unquote', '--no-wildcards', '--one-file-system', '--check-links'],
  ...['--preserve-permissions', '--sparse', '--numeric-owner'],
];
/** None: as long as the disk needs for what lies in memory. */
const TAR_LIMIT = 0;

/**
 * A tree as CRIU would have saved it outside of its user namespace; others as they are. While it stands still.
 * Throws `freeze-rights-appeared` where it has capabilities by now that it would lose.
 */
export async function leaveUsersOf(tree: Tree, { root, tree: planned }: Dump): Promise<Tree> {
  const left = planned.leftUsers;
  if (left === undefined) return tree;
  const groups = new Map<number, readonly number[]>();
  for (const { pid, threads } of tree.processes)
    for (const { tid } of threads) {
      const rights = readRights(pid, tid);
      if (rights?.capable === true) throw fail('freeze-rights-appeared', { pid });
      if (rights !== undefined) groups.set(tid, rights.groups);
    }
  const outside = placesOutside(planned);
  const seen: SeenOutside = {
    groups,
    ...(left.mounts && { mounts: readMounts(root).flatMap(one => neutralMount(one, outside)) }),
    ...(left.hostname && { hostname: await hostnameOf(root) }),
  };
  return leaveUsers(tree, seen);
}

/** Where it has mounted what is the machine's. */
function placesOutside({ mounts }: Dump['tree']): ReadonlySet<string> {
  return new Set(mounts?.places.map(({ mountpoint }) => mountpoint));
}

async function hostnameOf(pid: number): Promise<NonNullable<SeenOutside['hostname']>> {
  const files = ['/proc/sys/kernel/hostname', '/proc/sys/kernel/domainname'];
  const { status, startError, stderr, stdout } = await run(
    'nsenter',
    [`--uts=/proc/${pid}/ns/uts`, 'cat', ...files],
    { waitingFor: 'nsenter to ask for a host name', detached: true },
  );
  const [name, domain] = stdout.split('\n');
  if (status !== 0 || name === undefined || domain === undefined)
    throw new Error(`the host name of process ${pid}: ${startError ?? stderr.trim()}`);
  return { name, domain };
}

/** Options of a mount that are flags; all others are of the file system (criu/proc_parse.c, parse_mnt_flags()). */
const MOUNT_FLAGS: Readonly<Record<string, keyof typeof mountFlags>> = {
  ro: 'read-only',
  nosuid: 'no-suid',
  nodev: 'no-device',
  noexec: 'no-execute',
  noatime: 'no-access-time',
  nodiratime: 'no-directory-access-time',
  relatime: 'relative-access-time',
};
/** criu/proc_parse.c, parse_sb_opt(). */
const FILE_SYSTEM_FLAGS: Readonly<Record<string, keyof typeof mountFlags>> = {
  ro: 'read-only',
  sync: 'synchronous',
  dirsync: 'directory-synchronous',
  mand: 'mandatory-locks',
};

/** As CRIU notes it (criu/mount.c, dump_one_mountpoint()): tracefs not at all. */
function neutralMount(mount: Mount, outside: ReadonlySet<string>): readonly NeutralMount[] {
  if (mount.fileSystem === 'tracefs') return [];
  const { id, parent, root, mountpoint, source, options, propagation, fileSystemOptions } = mount;
  const group = (kind: string): number =>
    Number(propagation.find(one => one.startsWith(`${kind}:`))?.slice(kind.length + 1) ?? 0);
  const [sharedGroup, masterGroup] = [group('shared'), group('master')];
  const flags = flagsOf(options, MOUNT_FLAGS);
  const timed = flags.includes('relative-access-time') || flags.includes('no-access-time');
  const kind = mount.fileSystem.replace(/\..*/, '');
  return [
    {
      id,
      parent,
      fileSystem: kind in fileSystems ? (kind as keyof typeof fileSystems) : 'unsupported',
      device: numbersOf(mount.device),
      flags: [
        ...flags,
        ...(timed ? [] : (['strict-access-time'] as const)),
        ...(sharedGroup === 0 ? [] : (['shared'] as const)),
        ...(masterGroup === 0 ? [] : (['slave'] as const)),
        ...(propagation.includes('unbindable') ? (['unbindable'] as const) : []),
      ],
      root: root.replace(/\/\/deleted$/, ''),
      mountPoint: mountpoint,
      source,
      options: fileSystemOptions.filter(one => one !== 'rw' && !(one in FILE_SYSTEM_FLAGS)).join(','),
      sharedGroup,
      masterGroup,
      fileSystemFlags: flagsOf(fileSystemOptions, FILE_SYSTEM_FLAGS),
      ...(outside.has(mountpoint) && { externalKey: mountpoint }),
    },
  ];
}

function flagsOf(
  options: readonly string[],
  table: Readonly<Record<string, keyof typeof mountFlags>>,
): (keyof typeof mountFlags)[] {
  return options.flatMap(option => table[option] ?? []);
}

function numbersOf(device: string): { readonly major: number; readonly minor: number } {
  const [major = 0, minor = 0] = device.split(':').map(Number);
  return { major, minor };
}
