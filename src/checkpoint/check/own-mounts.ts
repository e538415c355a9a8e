import type { KeptMounts } from '../../host/criu/mounts.js';
import { type Mount, type OpenFile, type PathFacts, readPathFacts } from '../../host/proc/index.js';

/** A mount of a tree's own that shows something of the machine: a thaw binds the same thing there again. */
export interface OutsideMount {
  readonly mountpoint: string;
  /** Where the machine has what is mounted there. */
  readonly source: string;
  readonly fileSystem: string;
}

export interface SeenOutsideMount extends OutsideMount {
  /** What lies at the source; undefined where it cannot be looked at. */
  readonly facts: PathFacts | undefined;
}

/** The mounts of a tree that does not live in those of this ckpt. */
export interface OwnMounts {
  /** Whether its `/` is the machine's. */
  readonly sameRoot: boolean;
  readonly outside: readonly SeenOutsideMount[];
  /** Those that show nothing of the machine, which CRIU makes anew. */
  readonly made: readonly Mount[];
  /** Mountpoints of those of them that hold message queues, which CRIU takes without any only. */
  readonly queues: readonly string[];
  /** Places where more than one mount lies. */
  readonly stacked: ReadonlySet<string>;
  /** Ids of all its mounts: a file that was opened through another one was opened outside. */
  readonly ids: ReadonlySet<number>;
  /** Devices such as /dev/null that its processes opened through other mounts; the snapshot leaves these out. */
  readonly outsideDevices: readonly { readonly pid: number; readonly file: OpenFile }[];
}

/** A tree of which that was seen: nothing where it shares the mounts of this ckpt. */
interface WithMounts {
  readonly ownMounts?: OwnMounts;
}

/** The file system of namespaces, which are mounted to keep them (ip-netns(8), containers). */
export const NAMESPACES = 'nsfs';

/** Folders of PrivateTmp=, which systemd deletes when the unit stops (systemd, src/core/namespace.c). */
const PERISHABLE = /^(?:\/var)?\/tmp\/systemd-private-/;

/** @param pid a process that sees them */
export function seeOwnMounts(
  pid: number,
  theirs: readonly Mount[],
  ours: readonly Mount[],
  devices: OwnMounts['outsideDevices'],
): OwnMounts {
  const { sameRoot, outside, made } = compareMounts(theirs, ours);
  const ids = new Set(theirs.map(mount => mount.id));
  return {
    sameRoot,
    outside: outside.map(mount => ({ ...mount, facts: lookAtSource(mount) })),
    made,
    queues: made
      .filter(mount => mount.fileSystem === 'mqueue')
      .map(mount => mount.mountpoint)
      .filter(place => readPathFacts(`/proc/${pid}/root${place}`)?.names !== 0),
    stacked: new Set(
      theirs.map(mount => mount.mountpoint).filter((place, at, all) => all.indexOf(place) !== at),
    ),
    ids,
    outsideDevices: devices.filter(({ file }) => isOutside(file, ids)),
  };
}

/** File systems whose server may be down, so that looking at them would take for ever, in a call that nothing ends. */
const DISTANT = /^(?:nfs4?|cifs|smb3|ceph|9p|autofs)$/;
const FOLDER: PathFacts = { folder: true, mode: 0o755, uid: 0, gid: 0, names: 1 };

function lookAtSource({ source, fileSystem }: OutsideMount): PathFacts | undefined {
  return DISTANT.test(fileSystem) ? FOLDER : readPathFacts(source);
}

/**
 * Which mounts show something that lies somewhere on the machine, too. Pure. A mount that another one covers counts as
 * the one on top: CRIU knows mounts from outside by their places alone, and nobody sees what is covered.
 */
export function compareMounts(
  theirs: readonly Mount[],
  ours: readonly Mount[],
): {
  readonly sameRoot: boolean;
  readonly outside: readonly OutsideMount[];
  readonly made: readonly Mount[];
} {
  const seen = [...new Map(ours.map(mount => [mount.mountpoint, mount])).values()];
  const tops = new Map(theirs.map(mount => [mount.mountpoint, mount]));
  const root = tops.get('/');
  const ourRoot = seen.find(mount => mount.mountpoint === '/');
  tops.delete('/');
  const outside: OutsideMount[] = [];
  const made: Mount[] = [];
  for (const mount of tops.values()) {
    const sources = seen.flatMap(one => sourceBelow(one, mount) ?? []);
    const source = sources.find(path => path === mount.mountpoint) ?? sources[0];
    if (source === undefined) made.push(mount);
    else outside.push({ mountpoint: mount.mountpoint, source, fileSystem: mount.fileSystem });
  }
  const sameRoot = root !== undefined && root.device === ourRoot?.device && root.root === ourRoot.root;
  return { sameRoot, outside, made };
}

/** Where one of the machine's mounts shows what a mount of the tree shows; undefined where it does not. */
function sourceBelow(ours: Mount, theirs: Mount): string | undefined {
  if (ours.device !== theirs.device) return undefined;
  if (ours.root === theirs.root) return ours.mountpoint;
  const top = ours.root === '/' ? '' : ours.root;
  if (!theirs.root.startsWith(`${top}/`)) return undefined;
  return (ours.mountpoint === '/' ? '' : ours.mountpoint) + theirs.root.slice(top.length);
}

/**
 * What a thaw has to be told about the mounts of a tree; undefined for one that lives in those of the machine, and for a
 * container, to which CRIU would give the machine's root in the place of its own without a word.
 */
export function mountsToKeep({ ownMounts }: WithMounts): KeptMounts | undefined {
  if (!ownMounts?.sameRoot) return undefined;
  const outside = ownMounts.outsideDevices
    .filter(({ file }) => file.target === '/dev/null')
    .map(({ file: { mountId = 0, inode } }) => [`${mountId} ${inode}`, { mount: mountId, inode }] as const);
  return {
    places: ownMounts.outside.map(({ mountpoint, source, facts, fileSystem }) => ({
      mountpoint,
      source,
      // What is neither cannot be made again: it must be there.
      ...(facts?.folder ? { mode: facts.mode, uid: facts.uid, gid: facts.gid } : {}),
      ...(fileSystem === NAMESPACES ? { empty: true as const } : {}),
    })),
    nulls: [...new Map(outside).values()],
  };
}

/** What a tree has mounted of what systemd deletes with the unit. Only an empty folder can be made again. */
export function perishableMounts({ outside }: OwnMounts): readonly SeenOutsideMount[] {
  return outside.filter(({ source }) => PERISHABLE.test(source));
}

/** Folders that were seen empty and must be so when the tree stands still: nobody would bring their files back. */
export function foldersToStayEmpty({ ownMounts }: WithMounts): readonly string[] {
  return ownMounts === undefined
    ? []
    : perishableMounts(ownMounts)
        .filter(({ facts }) => facts?.names === 0)
        .map(({ source }) => source);
}

/** Whether a file with a name was opened through a mount that its tree does not have. */
export function isOutside(file: OpenFile, ids: ReadonlySet<number>): boolean {
  const named = file.target.startsWith('/') && !file.target.startsWith('/memfd:');
  return named && file.mountId !== undefined && !ids.has(file.mountId);
}
