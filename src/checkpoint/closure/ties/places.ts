import type { NamespaceKind } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { end, type Look, ties } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie } from '../tie.js';

const WORDS: Readonly<Record<NamespaceKind, string>> = {
  cgroup: 'control group',
  ipc: 'IPC',
  mnt: 'mount',
  net: 'network',
  pid: 'PID',
  time: 'time',
  user: 'user',
  uts: 'host name',
};

/** Namespaces other than ours that targets live in, with everybody else in them. */
export function findNamespaces(look: Look): readonly Tie[] {
  const own = look.snapshot.ownNamespaces;
  const members = new Map<string, number[]>();
  for (const [pid, theirs] of look.snapshot.namespaces)
    for (const [kind, inode] of Object.entries(theirs) as [NamespaceKind, number][])
      if (inode !== own[kind]) put(members, `${kind}:${inode}`, pid);
  return [...members].flatMap(([key, pids]) => {
    if (!ties(look, pids)) return [];
    const kind = key.slice(0, key.indexOf(':')) as NamespaceKind;
    return [
      makeTie(look, {
        kind: 'namespace',
        key,
        name: `${WORDS[kind]} namespace ${key.slice(kind.length + 1)}`,
        ends: pids.map(pid => end(look, pid, 'member')),
      }),
    ];
  });
}

/** Control groups (other than the root one) that targets share with each other or with processes outside. */
export function findCgroups(look: Look): readonly Tie[] {
  const members = new Map<string, number[]>();
  for (const [pid, path] of look.snapshot.cgroups) if (path !== '/') put(members, path, pid);
  return [...members].flatMap(([path, pids]) =>
    !ties(look, pids)
      ? []
      : [
          makeTie(look, {
            kind: 'cgroup',
            key: path,
            name: `control group ${path}`,
            ends: pids.map(pid => end(look, pid, 'member')),
          }),
        ],
  );
}
