import { NAMESPACES, type Namespaces, readCgroup, readNamespace, readNamespaces } from './namespaces.js';
import { readTask, type Task } from './process.js';

/**
 * The namespaces of the reader, of the targets, and of whoever outside lives in one of a target's that is not the
 * reader's. `known` has those that were read already.
 */
export function readTargetNamespaces(
  targets: readonly number[],
  processes: ReadonlyMap<number, Task>,
  known: (pid: number) => Namespaces | undefined,
): { readonly own: Namespaces; readonly namespaces: ReadonlyMap<number, Namespaces> } {
  const own = readNamespaces('self');
  // Who has one number only lives in the PID namespace of this /proc: a link less to read.
  const ownPid = own.pid === undefined || isNested(readTask(process.pid)) ? {} : { pid: own.pid };
  const namespaces = new Map(
    targets.map(pid => [pid, known(pid) ?? readNamespaces(pid, isNested(processes.get(pid)) ? {} : ownPid)]),
  );
  addForeignMembers(namespaces, own, targets, processes);
  return { own, namespaces };
}

function isNested(task: Task | undefined): boolean {
  return task?.namespacePids.length !== 1;
}

/** Adds the processes outside that live in a target's namespace, where that is not the reader's own. */
function addForeignMembers(
  namespaces: Map<number, Namespaces>,
  ownNamespaces: Namespaces,
  targets: readonly number[],
  processes: ReadonlyMap<number, Task>,
): void {
  for (const kind of NAMESPACES) {
    const foreign = new Set(
      targets.flatMap(pid => {
        const inode = namespaces.get(pid)?.[kind];
        return inode === undefined || inode === ownNamespaces[kind] ? [] : [inode];
      }),
    );
    if (foreign.size === 0) continue;
    for (const pid of processes.keys()) {
      if (namespaces.has(pid)) continue;
      const inode = readNamespace(pid, kind);
      if (inode !== undefined && foreign.has(inode)) namespaces.set(pid, readNamespaces(pid));
    }
  }
}

/** The cgroup paths of the targets, and of whoever shares one with them. `known` has those that were read already. */
export function readCgroups(
  targets: readonly number[],
  processes: ReadonlyMap<number, Task>,
  known: (pid: number) => string | undefined,
): ReadonlyMap<number, string> {
  const cgroups = new Map<number, string>();
  const paths = new Set<string>();
  for (const pid of targets) {
    const path = known(pid) ?? readCgroup(pid);
    if (path === undefined) continue;
    cgroups.set(pid, path);
    if (path !== '/') paths.add(path);
  }
  if (paths.size === 0) return cgroups;
  for (const pid of processes.keys()) {
    if (cgroups.has(pid)) continue;
    const path = readCgroup(pid);
    if (path !== undefined && paths.has(path)) cgroups.set(pid, path);
  }
  return cgroups;
}
