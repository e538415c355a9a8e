import { put } from '../../lists.js';
import { anonymousKind, type Descriptor, type OpenFile } from './descriptors.js';
import { type Slot, sameDescriptions } from './kcmp.js';
import { type SharedDescription, slotKey } from './snapshot.js';

/**
 * Finds the open file descriptions that a target shares with another process (target or not): regular files, folders
 * and the kernel's anonymous files. Pipes, sockets, fifos and terminals are known by their inode and need no
 * comparison.
 */
export async function findSharedDescriptions(
  targets: ReadonlySet<number>,
  descriptors: ReadonlyMap<number, readonly Descriptor[]>,
  openFiles: ReadonlyMap<string, OpenFile>,
): Promise<{ readonly found: readonly SharedDescription[]; readonly inferred: boolean }> {
  const candidates = new Map<string, Slot[]>();
  for (const [pid, list] of descriptors)
    for (const { fd, target } of list) {
      const file = openFiles.get(slotKey({ pid, fd }));
      if (file === undefined || !isComparable(file)) continue;
      // Flags cannot differ within one description, close-on-exec aside: it belongs to the descriptor.
      put(candidates, `${target} ${file.inode} ${file.flags & ~O_CLOEXEC}`, { pid, fd });
    }
  const groups = [...candidates.values()].filter(
    slots => severalProcesses(slots) && slots.some(slot => targets.has(slot.pid)),
  );
  const answers = await sameDescriptions(groups);
  let inferred = false;
  const found = groups.flatMap((group, index): readonly SharedDescription[] => {
    const classes = answers[index];
    const evidence = classes === undefined ? 'inferred' : 'compared';
    if (classes === undefined) inferred = true;
    return (classes ?? inferClasses(group, openFiles))
      .filter(slots => severalProcesses(slots) && slots.some(slot => targets.has(slot.pid)))
      .map(slots => ({ slots, evidence }));
  });
  return { found, inferred };
}

const O_CLOEXEC = 0o2000000;

function isComparable(file: OpenFile): boolean {
  if (anonymousKind(file.target) !== undefined) return true;
  if (file.target.startsWith('pidfd:')) return false;
  return file.type === 'regular' || file.type === 'directory';
}

function severalProcesses(slots: readonly Slot[]): boolean {
  const first = slots[0]?.pid;
  return slots.some(slot => slot.pid !== first);
}

/**
 * Without kcmp: the same number (fork keeps it) and offset (anonymous files: the same fdinfo), which makes it likely.
 */
function inferClasses(
  group: readonly Slot[],
  openFiles: ReadonlyMap<string, OpenFile>,
): readonly (readonly Slot[])[] {
  const classes = new Map<string, Slot[]>();
  for (const slot of group) {
    const file = openFiles.get(slotKey(slot));
    put(classes, `${slot.fd} ${file?.position} ${JSON.stringify(file?.lines)}`, slot);
  }
  return [...classes.values()];
}
