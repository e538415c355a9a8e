import {
  type Mount,
  readMounts,
  readOpenFile,
  readRootFolder,
  type Snapshot,
} from '../../host/proc/index.js';
import { type OwnMounts, seeOwnMounts } from './own-mounts.js';

/** Gives the mounts that a process sees, by its PID. */
export type MountReader = (pid: number) => readonly Mount[];

/** What a mount namespace has mounted: a process in a chroot is shown only what lies below that. Each is read once. */
export function mountReader({ namespaces, ownNamespaces, targets }: Snapshot): MountReader {
  const known = new Map<number, readonly Mount[]>();
  const seesMost = (space: number, pid: number): number => {
    const peers = targets.filter(one => namespaces.get(one)?.mnt === space);
    return peers.find(one => readRootFolder(one) === '/') ?? pid;
  };
  return pid => {
    const space = namespaces.get(pid)?.mnt;
    if (space === undefined) return readMounts(pid);
    const found = known.get(space) ?? readMounts(space === ownNamespaces.mnt ? 'self' : seesMost(space, pid));
    // Of one that has gone nothing is learnt.
    if (found.length > 0) known.set(space, found);
    return found;
  };
}

/** The root of the mounts that a process lives in, as a path from here; its own root where none is known in them. */
export function rootOfMounts(pid: number, root: number, { namespaces, ownNamespaces }: Snapshot): string {
  const theirs = namespaces.get(pid)?.mnt;
  if (theirs === ownNamespaces.mnt) return '';
  return `/proc/${theirs === namespaces.get(root)?.mnt ? root : pid}/root`;
}

/** Of a tree whose root shares its mounts with this ckpt there is nothing to see. */
export function ownMountsOf(
  root: number,
  members: readonly number[],
  { namespaces, ownNamespaces, descriptors }: Snapshot,
  mountsOf: MountReader,
): { readonly ownMounts?: OwnMounts } {
  const theirs = namespaces.get(root)?.mnt;
  if (theirs === undefined || theirs === ownNamespaces.mnt) return {};
  const devices = members.flatMap(pid =>
    (descriptors.get(pid) ?? [])
      .filter(({ target }) => target.startsWith('/dev/'))
      .flatMap(one => readOpenFile(pid, one) ?? [])
      .map(file => ({ pid, file })),
  );
  return { ownMounts: seeOwnMounts(root, mountsOf(root), readMounts('self'), devices) };
}
