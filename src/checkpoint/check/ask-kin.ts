import { type Slot, type Snapshot, sameAddressSpaces, socketProtocols } from '../../host/proc/index.js';
import { put } from '../../lists.js';

/** Asks the kernel for the protocol of every socket of the targets: the tables show MPTCP as TCP, and leave out some. */
export async function readProtocols(
  snapshot: Snapshot,
): Promise<Map<number, Map<number, string | undefined>>> {
  const slots: Slot[] = snapshot.targets.flatMap(pid =>
    (snapshot.descriptors.get(pid) ?? [])
      .filter(({ target }) => target.startsWith('socket:'))
      .map(({ fd }) => ({ pid, fd })),
  );
  const names = await socketProtocols(slots);
  const byPid = new Map<number, Map<number, string | undefined>>();
  slots.forEach(({ pid, fd }, index) => {
    const byFd = byPid.get(pid) ?? new Map<number, string | undefined>();
    byFd.set(fd, names[index]);
    byPid.set(pid, byFd);
  });
  return byPid;
}

/**
 * Who shares an address space with whom. Only targets of the same virtual size can: the kernel counts it once for
 * all who share. Where no other has that size nobody needs to be asked.
 */
export async function findSharers(snapshot: Snapshot): Promise<ReadonlyMap<number, readonly number[]>> {
  const bySize = new Map<number, number[]>();
  const sharers = new Map<number, readonly number[]>();
  for (const pid of snapshot.targets) {
    const size = snapshot.processes.get(pid)?.virtualKiB;
    sharers.set(pid, []);
    put(bySize, size, pid);
  }
  const groups = [...bySize.values()].filter(group => group.length > 1);
  const answers = await sameAddressSpaces(groups);
  groups.forEach((group, index) => {
    const classes = answers[index];
    for (const pid of group) {
      const own = classes?.find(one => one.includes(pid));
      if (classes === undefined) sharers.delete(pid);
      else sharers.set(pid, own?.filter(other => other !== pid) ?? []);
    }
  });
  return sharers;
}
