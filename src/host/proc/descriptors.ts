import { fileSystemOf, PROC, readLink, readNames, readPiece, statPath } from './files.js';
import { type FdInfo, parseFdInfo } from './parse-fdinfo.js';

/** One entry of a descriptor table, as its link reads. */
export interface Descriptor {
  readonly fd: number;
  /** `pipe:[123]`, `socket:[123]`, `anon_inode:[eventpoll]`, `/dev/pts/3`, `/tmp/x (deleted)`… */
  readonly target: string;
}

/** A descriptor with what lies behind it. */
export interface OpenFile extends Descriptor, FdInfo {
  readonly type: FileType;
  readonly device: number;
  readonly inode: number;
  /** Device number of a character or block device. */
  readonly deviceNumber: number;
  /** How many names the file has; 0 once it is deleted. */
  readonly names: number;
  /** Bytes taken on disk. */
  readonly bytesOnDisk: number;
  /** When its content changed last, milliseconds since 1970. */
  readonly modified: number;
  /** Magic number of its file system (statfs(2)); 0 for what is neither a regular file nor a folder. */
  readonly fileSystem: number;
}

export type FileType = 'regular' | 'directory' | 'character' | 'block' | 'fifo' | 'socket' | 'other';

/** Descriptors by number; empty for a process that has gone. One link each: cheap enough for a whole machine. */
export function readDescriptors(pid: number, proc = PROC): readonly Descriptor[] {
  const folder = `${proc}/${pid}/fd`;
  const found: Descriptor[] = [];
  for (const name of readNames(folder) ?? []) {
    const target = readLink(`${folder}/${name}`);
    if (target !== undefined) found.push({ fd: Number(name), target });
  }
  return found.sort((a, b) => a.fd - b.fd);
}

/**
 * The descriptor with its flags, offset and file; undefined when it has been closed meanwhile. Of a socket or a pipe
 * the link says what it is: those, of which a machine has thousands, cost fewer system calls.
 */
export function readOpenFile(pid: number, descriptor: Descriptor, proc = PROC): OpenFile | undefined {
  if (descriptor.target.startsWith('socket:[')) return linked(descriptor, 'socket', '');
  const info = readPiece(`${proc}/${pid}/fdinfo/${descriptor.fd}`);
  if (info === undefined) return undefined;
  if (descriptor.target.startsWith('pipe:[')) return linked(descriptor, 'fifo', info);
  const path = `${proc}/${pid}/fd/${descriptor.fd}`;
  const stat = statPath(path);
  const type = stat === undefined ? 'other' : fileType(stat.mode);
  return {
    ...descriptor,
    ...parseFdInfo(info),
    type,
    device: stat?.dev ?? 0,
    inode: stat?.ino ?? 0,
    deviceNumber: stat?.rdev ?? 0,
    names: stat?.nlink ?? 1,
    bytesOnDisk: (stat?.blocks ?? 0) * 512,
    modified: stat?.mtimeMs ?? 0,
    fileSystem: type === 'regular' || type === 'directory' ? (fileSystemOf(path) ?? 0) : 0,
  };
}

function linked(descriptor: Descriptor, type: 'socket' | 'fifo', info: string): OpenFile {
  const inode = linkedInode(descriptor.target, type === 'fifo' ? 'pipe' : 'socket') ?? 0;
  const none = { device: 0, deviceNumber: 0, names: 1, bytesOnDisk: 0, modified: 0, fileSystem: 0 };
  return { ...descriptor, ...parseFdInfo(info), ...none, type, inode };
}

/** S_IFMT of stat(2). */
const TYPES: ReadonlyMap<number, FileType> = new Map([
  [0o100000, 'regular'],
  [0o040000, 'directory'],
  [0o020000, 'character'],
  [0o060000, 'block'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
]);

function fileType(mode: number): FileType {
  return TYPES.get(mode & 0o170000) ?? 'other';
}

/** The number in `pipe:[123]` or `socket:[123]`; undefined for any other link. */
export function linkedInode(target: string, kind: 'pipe' | 'socket'): number | undefined {
  return target.startsWith(`${kind}:[`) ? Number(target.slice(kind.length + 2, -1)) : undefined;
}

/** `eventpoll` for `anon_inode:[eventpoll]` and for `anon_inode:inotify`; undefined for any other link. */
export function anonymousKind(target: string): string | undefined {
  const match = /^anon_inode:\[?([^\]]*)\]?$/.exec(target);
  return match?.[1];
}
