import {
  type NamespaceKind,
  readRights,
  readSameIds,
  type SameIds,
  type Snapshot,
} from '../../host/proc/index.js';

/** The user namespace of a tree that does not live in that of this ckpt. */
export interface OwnUsers {
  /** Why the tree cannot be thawed outside of it as the same users with the same rights; empty where it can. */
  readonly bound: readonly { readonly pid: number; readonly what: string }[];
  /** Its namespaces of other kinds that are neither those of this ckpt nor made by it. */
  readonly others: readonly NamespaceKind[];
}

/**
 * Kinds of namespaces that CRIU must be able to enter from the user namespace (criu/namespaces.c, check_user_ns()), which it
 * is not where they were made before it, as systemd does for PrivateUsers=.
 */
const ENTERED: readonly NamespaceKind[] = ['mnt', 'uts', 'ipc', 'net', 'time'];

/** @param members the processes of the tree */
export function seeOwnUsers(
  root: number,
  members: readonly number[],
  { namespaces, ownNamespaces, threads }: Snapshot,
): OwnUsers | undefined {
  const theirs = namespaces.get(root);
  if (theirs?.user === undefined || theirs.user === ownNamespaces.user) return undefined;
  const [users, groups] = [readSameIds(root, 'uid'), readSameIds(root, 'gid')];
  const bound = members.flatMap(pid => {
    if ((namespaces.get(pid)?.user ?? theirs.user) !== theirs.user)
      return [{ pid, what: 'is in another user namespace than the root of its tree' }];
    if (namespaces.get(pid)?.pid !== ownNamespaces.pid)
      return [{ pid, what: 'is in a PID namespace of its own' }];
    if (users === undefined || groups === undefined)
      return [{ pid, what: 'has users there that are others on the machine' }];
    return (threads.get(pid) ?? [pid]).flatMap(tid => {
      const rights = readRights(pid, tid);
      if (rights === undefined) return [];
      if (rights.capable) return [{ pid, what: 'holds capabilities in its user namespace' }];
      const known = rights.uids.every(id => isIn(users, id)) && rights.gids.every(id => isIn(groups, id));
      return known ? [] : [{ pid, what: 'is a user that its user namespace does not know' }];
    });
  });
  return { bound, others: ENTERED.filter(kind => theirs[kind] !== ownNamespaces[kind]) };
}

function isIn(ids: NonNullable<SameIds>, id: number): boolean {
  return ids.some(({ first, count }) => id >= first && id < first + count);
}

/** Whether a tree is frozen as if it had no user namespace of its own. */
export function leavesUsers({ ownUsers }: { readonly ownUsers?: OwnUsers | undefined }): boolean {
  return ownUsers !== undefined && ownUsers.bound.length === 0;
}
