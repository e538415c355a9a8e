import { livingLeader, type Task } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { aboutLeader } from '../leader-outside.js';
import { end, type Look, processOf } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie } from '../tie.js';

/** Parent and child: one tie for each target and its parent, if that is not PID 1 or the kernel. */
export function findParents(look: Look): readonly Tie[] {
  return look.snapshot.targets.flatMap(pid => {
    const parent = processOf(look, processOf(look, pid)?.parent ?? 0);
    if (parent === undefined) return [];
    // PID 1 adopts and reaps whatever comes: nobody waits for this child there.
    if (parent.pid === 1 && !look.inside.has(1)) return [];
    return [
      makeTie(look, {
        kind: 'parent',
        key: pid,
        name: `${processOf(look, pid)?.name} is a child of ${parent.name}`,
        ends: [end(look, parent.pid, 'parent'), end(look, pid, 'child')],
      }),
    ];
  });
}

/**
 * Sessions and process groups with more than one member, at least one of them frozen. A session whose leader has ended
 * ties nobody to anybody: it has no terminal any more, and its number does nothing.
 */
export function findSessionsAndGroups(look: Look): readonly Tie[] {
  return [...byId(look, 'session'), ...byId(look, 'group')];
}

function byId(look: Look, kind: 'session' | 'group'): readonly Tie[] {
  const wanted = new Set(look.snapshot.targets.map(pid => processOf(look, pid)?.[kind]));
  const members = new Map<number, number[]>();
  // Who has ended outside and is still waited for is in nobody's way.
  for (const process of look.snapshot.processes.values())
    if (wanted.has(process[kind]) && (process.state !== 'Z' || look.inside.has(process.pid)))
      put(members, process[kind], process.pid);
  return [...members].flatMap(([id, pids]) => {
    // Session 0 holds what was started outside our PID namespace: nobody's to share.
    if (id === 0 || pids.length < 2) return [];
    const leader = livingLeader(id, look.snapshot.processes);
    if (kind === 'session' && leader === undefined && !look.inside.has(id)) return [];
    const ends = pids.map(pid => end(look, pid, pid === id ? 'leader' : 'member'));
    return [
      makeTie(look, {
        kind,
        key: id,
        name: kind === 'session' ? `session ${id}` : `process group ${id}`,
        ends,
        crossing: outcomeOf(look, kind, id, leader),
      }),
    ];
  });
}

/**
 * CRIU asks only that the root of the tree lead its session (`dump_pstree`), or --shell-job. Members left behind by a
 * leader inside are none of its business, but they keep the leader's number in use: while they live no process can
 * have that PID again, and a thaw in place fails with "File exists".
 */
function outcomeOf(look: Look, kind: 'session' | 'group', id: number, leader: Task | undefined) {
  if (look.inside.has(id))
    return {
      standing: 'crossing' as const,
      happens: `{others} stays behind in this ${kind === 'session' ? 'session' : 'process group'} and keeps its number in use: a thaw before {others} ends (a reboot ends it) fails.`,
      remedy: 'Freeze {others} as well (--with-ties)',
    };
  if (kind === 'group' || leader === undefined) return {};
  const words = aboutLeader(leader, look.snapshot.processes);
  return { remedy: `${words.charAt(0).toUpperCase()}${words.slice(1)}` };
}
