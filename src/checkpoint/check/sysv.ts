import type { Snapshot, SysvObject } from '../../host/proc/index.js';
import type { ProcessFacts } from './rule.js';

interface Seen {
  readonly root: number;
  readonly members: readonly number[];
  readonly snapshot: Snapshot;
  readonly processes: ReadonlyMap<number, ProcessFacts>;
}

/** The System V objects of the machine's IPC namespace that a tree is known to use; none where it lives in its own. */
export function sysvOfMachine(seen: Seen): readonly { readonly pid: number; readonly object: SysvObject }[] {
  const { root, snapshot } = seen;
  if (snapshot.namespaces.get(root)?.ipc !== snapshot.ownNamespaces.ipc) return [];
  return snapshot.sysv.flatMap(object => {
    const pid = userOf(object, seen);
    return pid === undefined ? [] : [{ pid, object }];
  });
}

/** Bytes of segments there that the tree does not use. */
export function sysvOfOthers(seen: Seen): number {
  return seen.snapshot.sysv
    .filter(object => userOf(object, seen) === undefined)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

/** A member that has attached a segment, or was the last to use an object. */
function userOf(object: SysvObject, { members, processes }: Seen): number | undefined {
  const attached = (pid: number): boolean =>
    processes.get(pid)?.mappings.some(m => m.path.startsWith('/SYSV') && m.inode === `${object.id}`) ?? false;
  return (
    (object.kind === 'shared memory' ? members.find(attached) : undefined) ??
    object.pids.find(pid => members.includes(pid))
  );
}
