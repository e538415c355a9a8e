import { PROC, readLink, readPiece } from './files.js';

export const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;
export type NamespaceKind = (typeof NAMESPACES)[number];

/** Which namespace of each kind a process is in, by inode; kinds that the kernel lacks are missing. */
export type Namespaces = Readonly<Partial<Record<NamespaceKind, number>>>;

/** Empty for a process that has gone or may not be looked at. What is `known` of it already is not read again. */
export function readNamespaces(pid: number | 'self', known: Namespaces = {}, proc = PROC): Namespaces {
  const own: Partial<Record<NamespaceKind, number>> = {};
  for (const kind of NAMESPACES) {
    const inode = known[kind] ?? readOne(`${proc}/${pid}/ns/${kind}`);
    if (inode !== undefined) own[kind] = inode;
  }
  return own;
}

/**
 * Kinds of namespaces that the next children of a process would be born into instead of its own. A PID namespace that
 * nobody was born into yet has no link to read: that is a different one, too.
 */
export function readChildNamespaces(
  pid: number | 'self',
  own: Namespaces,
  proc = PROC,
): readonly ('pid' | 'time')[] {
  return (['pid', 'time'] as const).filter(
    kind => own[kind] !== undefined && readOne(`${proc}/${pid}/ns/${kind}_for_children`) !== own[kind],
  );
}

/** Kinds in which a thread is not where its process is: setns(2) and unshare(2) move one thread alone. */
export function readThreadApart(pid: number, tid: number, proc = PROC): readonly NamespaceKind[] {
  return (['net', 'mnt', 'uts', 'ipc'] as const).filter(kind => {
    const own = readOne(`${proc}/${pid}/task/${tid}/ns/${kind}`);
    return own !== undefined && own !== readOne(`${proc}/${pid}/ns/${kind}`);
  });
}

/** One namespace only, where thousands of processes are compared by one kind. */
export function readNamespace(pid: number, kind: NamespaceKind, proc = PROC): number | undefined {
  return readOne(`${proc}/${pid}/ns/${kind}`);
}

function readOne(path: string): number | undefined {
  // `uts:[4026531838]`
  const link = readLink(path);
  return link === undefined ? undefined : Number(link.slice(link.indexOf('[') + 1, -1));
}

/** The process's place in cgroup v2 (or in the `systemd` hierarchy of v1); undefined when there is none. */
export function readCgroup(pid: number, proc = PROC): string | undefined {
  return parseCgroup(readPiece(`${proc}/${pid}/cgroup`) ?? '');
}

/** Lines `ID:CONTROLLERS:PATH`. A mixed machine has both; the hierarchy that holds the process below its root wins. */
export function parseCgroup(text: string): string | undefined {
  if (text.startsWith('0::') && text.indexOf('\n') === text.length - 1) return text.slice(3, -1);
  const rows = text
    .split('\n')
    .map(line => /^(\d+):([^:]*):(.*)$/.exec(line))
    .filter(match => match !== null)
    .map(match => ({ controllers: match[2] ?? '', path: match[3] ?? '' }));
  const unified = rows.find(row => row.controllers === '');
  const named = rows.find(row => row.controllers === 'name=systemd');
  return (
    [unified, named].find(row => row !== undefined && row.path !== '/')?.path ?? (unified ?? named)?.path
  );
}
