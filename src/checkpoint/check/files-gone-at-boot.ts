import { dirname } from 'node:path';
import { isMemoryFileSystem } from '../../host/proc/file-systems.js';
import { namesOf, statPath } from '../../host/proc/files.js';
import { emptierOf } from '../../host/proc/gone-at-boot.js';
import type { Mapping, Mount, OpenFile } from '../../host/proc/index.js';
import { actionFor, isRuled } from './file-rules.js';
import type { CheckOptions } from './options.js';

/** A file with a name that a reboot takes away, and that a process has open or mapped. */
export interface FileGoneAtBoot {
  readonly path: string;
  /** The descriptor that it is open as; undefined for one that is mapped. */
  readonly fd: number | undefined;
  /** Its size in bytes, where this ckpt finds it in the same folder; undefined in mounts of the tree's own. */
  readonly bytes: number | undefined;
}

/** @param gone paths of mapped files that have no name any more */
export function filesGoneAtBoot(
  pid: number,
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
): readonly FileGoneAtBoot[] {
  const emptied = (path: string, inode: number): boolean =>
    emptierOf(path) !== undefined && statPath(path)?.ino === inode;
  const open = files.filter(
    file =>
      file.type === 'regular' &&
      file.names > 0 &&
      !file.target.startsWith('/memfd:') &&
      (isMemoryFileSystem(file.fileSystem) || emptied(file.target, file.inode)),
  );
  const devices = new Set(
    mounts.filter(m => IN_MEMORY.has(m.fileSystem)).map(({ device }) => asInMaps(device)),
  );
  const mapped = mappings
    .filter(m => m.path.startsWith('/') && !gone.has(m.path))
    .filter(m => devices.has(m.device) || emptied(m.path, Number(m.inode)));
  return [
    ...open.flatMap(({ target, fd, inode }) => {
      const through = `/proc/${pid}/fd/${fd}`;
      const bytes = bytesOf(target, inode, through);
      return bytes === undefined && hasGone(through, inode) ? [] : [{ path: target, fd, bytes }];
    }),
    ...[...new Map(mapped.map(m => [m.path, m])).values()].map(({ path, inode, start, end }) => ({
      ...{ path, fd: undefined },
      bytes: bytesOf(path, Number(inode), `/proc/${pid}/map_files/${start}-${end}`),
    })),
  ];
}

/** Whether such a file is carried along although nobody asked for it: it may be as large as a deleted one. Pure. */
function isCarriedUnasked(
  { path, bytes }: FileGoneAtBoot,
  { files, ghostLimit }: Pick<CheckOptions, 'files' | 'ghostLimit'>,
): boolean {
  return bytes !== undefined && bytes <= ghostLimit && !isRuled(files, path);
}

/** Whether nobody takes such a file along. What is mapped must come back as it was, so opening it anew is no help. */
export function isLeftBehind(
  file: FileGoneAtBoot,
  options: Pick<CheckOptions, 'files' | 'ghostLimit'>,
): boolean {
  const action = actionFor(options.files, file.path);
  const taken = action === 'carry' || (action === 'reopen' && file.fd !== undefined);
  return !taken && !isCarriedUnasked(file, options);
}

const IN_MEMORY: ReadonlySet<string> = new Set(['tmpfs', 'ramfs']);

/** @param through a link that leads to the file whatever it is called */
function bytesOf(path: string, inode: number, through: string): number | undefined {
  const stat = statPath(path);
  if (stat?.ino === inode) return stat.size;
  // A POSIX semaphore loses the name that it is made with, and has another (glibc, sem_open()).
  const lost = path.endsWith(' (deleted)') && namesOf(dirname(path), inode, 'file').length > 0;
  return lost ? statPath(through)?.size : undefined;
}

/** Whether what was open has been closed since, or deleted: then CRIU carries it. */
function hasGone(through: string, inode: number): boolean {
  const now = statPath(through);
  return now?.ino !== inode || now.nlink === 0;
}

/** `254:2` of mountinfo as `fe:02` of /proc/PID/maps. */
function asInMaps(device: string): string {
  const parts = device.split(':').map(part => Number(part).toString(16).padStart(2, '0'));
  return parts.join(':');
}
