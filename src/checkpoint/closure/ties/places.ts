import { NAMESPACES, type NamespaceKind } from '../../../host/proc/index.js';
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
  return NAMESPACES.flatMap(kind => {
    const members = new Map<number, number[]>();
    for (const [pid, { [kind]: inode }] of look.snapshot.namespaces)
      if (inode !== own[kind]) put(members, inode, pid);
    return [...members]
      .filter(([, pids]) => ties(look, pids))
      .map(([inode, pids]) =>
        makeTie(look, {
          kind: 'namespace',
          key: `${kind}:${inode}`,
          name: `${WORDS[kind]} namespace ${inode}`,
          ends: pids.map(pid => end(look, pid, 'member')),
        }),
      );
  });
}

/** Control groups (other than the root one) that targets share with each other or with processes outside. */
export function findCgroups(look: Look): readonly Tie[] {
  const members = new Map<string, number[]>();
  for (const [pid, path] of look.snapshot.cgroups) if (path !== '/') put(members, path, pid);
  return [...members]
    .filter(([, pids]) => ties(look, pids))
    .map(([path, pids]) =>
      makeTie(look, {
        kind: 'cgroup',
        key: path,
        name: `control group ${path}`,
        ends: pids.map(pid => end(look, pid, 'member')),
      }),
    );
}
