import type { Mount, Tree } from '../image-format/neutral/index.js';
import { socketPath } from '../image-format/neutral/socket-path.js';

/** The mount that a path leads to: from the top, through each mount on the way; of several in one place the last. */
export function mountAt(path: string, mounts: readonly Mount[]): Mount | undefined {
  const ids = new Set(mounts.map(({ id }) => id));
  let at = mounts.findLast(({ parent, mountPoint }) => mountPoint === '/' && !ids.has(parent));
  for (let next = at; next !== undefined; ) {
    at = next;
    const { id } = at;
    next = mounts
      .filter(({ parent, mountPoint }) => parent === id && isBelow(path, mountPoint))
      .reduce<Mount | undefined>(
        (best, one) => (best === undefined || one.mountPoint.length <= best.mountPoint.length ? one : best),
        undefined,
      );
  }
  return at;
}

function isBelow(path: string, place: string): boolean {
  return place === '/' || path === place || path.startsWith(`${place}/`);
}

/** The mounts of a tree that has some of its own, in the order of /proc/PID/mountinfo; undefined for others. */
export function mountsOf({ namespaces = [] }: Tree): readonly Mount[] | undefined {
  const own = namespaces.find(one => one.kind === 'mount');
  // CRIU writes them down backwards (criu/proc_parse.c, parse_mountinfo()).
  return own?.kind === 'mount' ? [...own.mounts].reverse() : undefined;
}

/**
 * A socket that was bound outside of the tree's mounts, as systemd binds those that it hands to a service, bears the number
 * of a mount that the tree does not have, which CRIU cannot find again: it gets that of the tree's where its path leads. Pure.
 */
export function withSocketsInMounts(tree: Tree): Tree {
  const mounts = mountsOf(tree);
  if (mounts === undefined) return tree;
  const ids = new Set(mounts.map(({ id }) => id));
  const openFiles = tree.openFiles.map(file => {
    if (file.kind !== 'unix-socket' || file.mount === undefined || file.mount < 0 || ids.has(file.mount))
      return file;
    const path = socketPath(file);
    const mount = path === undefined ? undefined : mountAt(path, mounts);
    return mount === undefined ? file : { ...file, mount: mount.id };
  });
  return { ...tree, openFiles };
}
