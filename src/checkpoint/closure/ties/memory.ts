import { type Mapping, majorOf, minorOf, slotKey } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { end, type Look, ties } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie, TieKind } from '../tie.js';

interface Region {
  readonly kind: TieKind;
  readonly key: string;
  readonly name: string;
}

/** Memory that several processes share: by mapping it, or (memfd, /dev/shm) by holding a descriptor of it. */
export function findSharedMemory(look: Look): readonly Tie[] {
  const holders = new Map<string, Map<number, string[]>>();
  const regions = new Map<string, Region>();
  const written = new Set<string>();
  const add = (region: Region, pid: number, how: string, writes = true): void => {
    // The kind as well: System V segments bear their own numbers as inodes on the device of anonymous memory.
    const id = `${region.kind} ${region.key}`;
    regions.set(id, region);
    if (writes) written.add(id);
    const byPid = holders.get(id) ?? new Map<number, string[]>();
    put(byPid, pid, how);
    holders.set(id, byPid);
  };
  for (const [pid, mappings] of look.snapshot.sharedMappings)
    for (const mapping of mappings) {
      const region = regionOf(mapping);
      if (region !== undefined) add(region, pid, `mapping ${mapping.start}`, writes(mapping));
    }
  for (const [pid, list] of look.snapshot.descriptors)
    for (const { fd, target } of list) {
      if (!target.startsWith('/memfd:') && !target.startsWith('/dev/shm/')) continue;
      const file = look.snapshot.openFiles.get(slotKey({ pid, fd }));
      const region =
        file === undefined ? undefined : regionOfFile(target, deviceText(file.device), `${file.inode}`);
      if (region !== undefined) add(region, pid, `fd ${fd}`);
    }
  return [...holders].flatMap(([id, byPid]) => {
    // Nothing passes between those who only read (locale archives, caches).
    const region = written.has(id) ? regions.get(id) : undefined;
    const pids = [...byPid.keys()];
    if (region === undefined || !ties(look, pids)) return [];
    const ends = [...byPid].map(([pid, hows]) =>
      end(look, pid, hows.length > 2 ? `${hows[0]} and ${hows.length - 1} more` : hows.join(', ')),
    );
    return [makeTie(look, { ...region, ends })];
  });
}

/** Anonymous memory was writable once, when what is read there now was put in. */
function writes({ access, path }: Mapping): boolean {
  return (
    access.includes('w') || !path.startsWith('/') || /^\/(memfd:|dev\/shm\/|SYSV|dev\/zero|anon_)/.test(path)
  );
}

/** One row for each way memory is shared, told by the path that /proc/PID/maps prints. */
function regionOf(mapping: Mapping): Region | undefined {
  const { path, inode, device } = mapping;
  // Inode numbers say something within one device only.
  const key = `${device}:${inode}`;
  if (path.startsWith('/memfd:') || path.startsWith('/dev/shm/')) return regionOfFile(path, device, inode);
  if (path.startsWith('/SYSV'))
    return { kind: 'sysv-shared-memory', key, name: `System V shared memory ${inode}` };
  if (path === '/dev/zero (deleted)') return { kind: 'shared-memory', key, name: `shared memory ${inode}` };
  if (path.startsWith('/anon_hugepage'))
    return { kind: 'shared-memory', key, name: `shared huge pages ${inode}` };
  if (path.startsWith('anon_inode:') || path.startsWith('/[aio]') || path.startsWith('[')) return undefined;
  if (path === '' || path.startsWith('socket:')) return undefined;
  return { kind: 'shared-mapping', key, name: `mapped file ${path}` };
}

function regionOfFile(path: string, device: string, inode: string): Region {
  const key = `${device}:${inode}`;
  if (path.startsWith('/memfd:'))
    return { kind: 'memfd', key, name: `memory file ${path.slice(7).replace(' (deleted)', '')} ${inode}` };
  return { kind: 'posix-shared-memory', key, name: `shared memory ${path}` };
}

/** A device number of stat(2) as /proc/PID/maps prints it: `00:1a`. */
function deviceText(device: number): string {
  return [majorOf(device), minorOf(device)].map(part => part.toString(16).padStart(2, '0')).join(':');
}
