import { slotKey } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { end, type Look, processOf } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie } from '../tie.js';

/** Tracers and the traced, where either is frozen. */
export function findTraces(look: Look): readonly Tie[] {
  return [...look.snapshot.processes.values()].flatMap(process => {
    if (process.tracer === 0) return [];
    if (!look.inside.has(process.pid) && !look.inside.has(process.tracer)) return [];
    return [
      makeTie(look, {
        kind: 'trace',
        key: process.pid,
        name: `${processOf(look, process.tracer)?.name ?? '?'} traces ${process.name}`,
        ends: [end(look, process.tracer, 'tracer'), end(look, process.pid, 'traced')],
      }),
    ];
  });
}

/** Process handles: whom a pidfd of a target refers to (`Pid:` in fdinfo, -1 once that one has been reaped). */
export function findPidfds(look: Look): readonly Tie[] {
  const owners = new Map([...look.snapshot.threads].flatMap(([pid, tids]) => tids.map(tid => [tid, pid])));
  const found = new Map<string, Tie>();
  const hows = new Map<string, string[]>();
  for (const pid of look.snapshot.targets)
    for (const { fd, target } of look.snapshot.descriptors.get(pid) ?? []) {
      if (!target.startsWith('pidfd:') && target !== 'anon_inode:[pidfd]') continue;
      const file = look.snapshot.openFiles.get(slotKey({ pid, fd }));
      const number = Number(file?.lines.find(([key]) => key === 'Pid')?.[1] ?? -1);
      // Handles of threads (PIDFD_THREAD) bear the thread's number: a rule refuses them, but they are ties, too.
      const to = owners.get(number) ?? number;
      if (to <= 0 || to === pid) continue;
      const key = `${pid}-${to}`;
      put(hows, key, `fd ${fd}`);
      found.set(
        key,
        makeTie(look, {
          kind: 'pidfd',
          key,
          name: `handle of ${processOf(look, to)?.name ?? to}`,
          ends: [end(look, pid, (hows.get(key) ?? []).join(', ')), end(look, to, 'referred to')],
        }),
      );
    }
  return [...found.values()];
}
