import { fileKey, type OpenFile, type Slot, slotKey } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { endsOfSlots, type Look, slotOf, ties } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie } from '../tie.js';

/** Pipes by inode, and fifos by their file. */
export function findPipesAndFifos(look: Look): readonly Tie[] {
  const pipes = [...look.pipes].flatMap(([inode, slots]) =>
    ties(look, pidsOf(slots))
      ? [
          makeTie(look, {
            kind: 'pipe',
            key: inode,
            name: `pipe ${inode}`,
            ends: endsOfSlots(look, slots, slot => direction(look.snapshot.openFiles.get(slotKey(slot)))),
          }),
        ]
      : [],
  );
  return [...pipes, ...findFifos(look)];
}

function findFifos(look: Look): readonly Tie[] {
  const fifos = new Map<string, Slot[]>();
  const paths = new Map<string, string>();
  for (const [key, file] of look.snapshot.openFiles) {
    if (file.type !== 'fifo' || file.target.startsWith('pipe:')) continue;
    const id = fileKey(file);
    put(fifos, id, slotOf(key));
    paths.set(id, file.target);
  }
  return [...fifos].flatMap(([id, slots]) =>
    ties(look, pidsOf(slots))
      ? [
          makeTie(look, {
            kind: 'fifo',
            key: id,
            name: `fifo ${paths.get(id)}`,
            ends: endsOfSlots(look, slots, slot => direction(look.snapshot.openFiles.get(slotKey(slot)))),
          }),
        ]
      : [],
  );
}

/** O_ACCMODE: the lowest two bits of the flags. */
function direction(file: OpenFile | undefined): string {
  if (file === undefined) return 'holds';
  return ['reads', 'writes', 'reads and writes'][file.flags & 3] ?? 'holds';
}

/** The PIDs of descriptors, one for each: a process with two of them is there twice. */
export function pidsOf(slots: readonly Slot[]): readonly number[] {
  return slots.map(slot => slot.pid);
}
