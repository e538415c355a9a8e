import { MQUEUE_MAGIC, type Slot, type SysvObject } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { end, endsOfSlots, type Look, slotOf, ties } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie, TieKind } from '../tie.js';
import { pidsOf } from './pipes.js';

const KINDS: Readonly<Record<SysvObject['kind'], TieKind | undefined>> = {
  // Attached segments show in the maps, with both ends: see memory.ts.
  'shared memory': undefined,
  'message queue': 'sysv-messages',
  semaphores: 'sysv-semaphores',
};

/** System V queues and semaphores, by the last users that the kernel remembers. */
export function findSysvObjects(look: Look): readonly Tie[] {
  return look.snapshot.sysv.flatMap(object => {
    const kind = KINDS[object.kind];
    const pids = [...new Set(object.pids)].filter(pid => look.snapshot.processes.has(pid));
    if (kind === undefined || !ties(look, pids)) return [];
    return [
      makeTie(look, {
        kind,
        key: object.id,
        name: `System V ${object.kind} ${object.id} (key ${object.key})`,
        ends: pids.map(pid => end(look, pid, 'used it last')),
      }),
    ];
  });
}

/** POSIX message queues: descriptors on the mqueue file system. */
export function findPosixQueues(look: Look): readonly Tie[] {
  const queues = new Map<string, Slot[]>();
  for (const [key, file] of look.snapshot.openFiles) {
    if (file.fileSystem !== MQUEUE_MAGIC) continue;
    put(queues, file.target, slotOf(key));
  }
  return [...queues].flatMap(([name, slots]) =>
    ties(look, pidsOf(slots))
      ? [
          makeTie(look, {
            kind: 'posix-messages',
            key: name,
            name: `POSIX message queue ${name}`,
            ends: endsOfSlots(look, slots),
          }),
        ]
      : [],
  );
}
