import { isMemoryFileSystem, statPath } from '../../host/proc/files.js';
import type { Mapping, Mount, OpenFile } from '../../host/proc/index.js';
import { isRuled } from './file-rules.js';
import type { CheckOptions } from './rule.js';

/** A file with a name on a file system in memory, which a reboot empties, that a process has open or mapped. */
export interface FileInMemory {
  readonly path: string;
  /** The descriptor that it is open as; undefined for one that is mapped. */
  readonly fd: number | undefined;
  /** Its size in bytes, where this ckpt sees it under the same path; undefined in mounts of the tree's own. */
  readonly bytes: number | undefined;
}

/** @param gone paths of mapped files that have no name any more */
export function filesInMemory(
  files: readonly OpenFile[],
  {
    mappings,
    mounts,
    gone,
  }: {
    readonly mappings: readonly Mapping[];
    readonly mounts: readonly Mount[];
    readonly gone: ReadonlySet<string>;
  },
): readonly FileInMemory[] {
  const open = files.filter(
    file =>
      file.type === 'regular' &&
      isMemoryFileSystem(file.fileSystem) &&
      file.names > 0 &&
      !file.target.startsWith('/memfd:'),
  );
  const devices = new Set(mounts.filter(m => IN_MEMORY.has(m.fileSystem)).map(m => m.device));
  // POSIX semaphores lose the name that they are made with, and have another.
  const mapped = mappings.filter(
    m => m.path.startsWith('/') && !gone.has(m.path) && devices.has(decimal(m.device)),
  );
  return [
    ...open.map(({ target, fd, inode }) => ({ path: target, fd, bytes: bytesOf(target, inode) })),
    ...[...new Map(mapped.map(m => [m.path, m.inode]))].map(([path, inode]) => ({
      ...{ path, fd: undefined },
      bytes: bytesOf(path, Number(inode)),
    })),
  ];
}

/** Whether a file in memory is carried along although nobody asked for it: it may be as large as a deleted one. Pure. */
export function isCarriedUnasked(
  { path, bytes }: FileInMemory,
  { files, ghostLimit }: Pick<CheckOptions, 'files' | 'ghostLimit'>,
): boolean {
  return bytes !== undefined && bytes <= ghostLimit && !isRuled(files, path);
}

const IN_MEMORY: ReadonlySet<string> = new Set(['tmpfs', 'ramfs']);

function bytesOf(path: string, inode: number): number | undefined {
  const stat = statPath(path);
  return stat?.ino === inode ? stat.size : undefined;
}

/** `fe:02` of /proc/PID/maps as `254:2` of mountinfo. */
function decimal(device: string): string {
  return device
    .split(':')
    .map(part => Number.parseInt(part, 16))
    .join(':');
}
