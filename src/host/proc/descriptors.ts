import { fileSystemOf, inodeOf, PROC, readLink, readNames, readPiece, statLink, statPath } from './files.js';
import { type FdInfo, parseFdInfo } from './parse-fdinfo.js';

/** One entry of a descriptor table, as its link reads. */
export interface Descriptor {
  readonly fd: number;
  /** `pipe:[123]`, `socket:[123]`, `anon_inode:[eventpoll]`, `/dev/pts/3`, `/tmp/x (deleted)`… */
  readonly target: string;
  /** The flags of a pipe, or its access mode alone, where they were read together with the link. */
  readonly pipeFlags?: number;
}

/** A descriptor with what lies behind it. */
export interface OpenFile extends Descriptor, FdInfo {
  readonly type: FileType;
  readonly device: number;
  /** Rounded above 2^53: see `fileKey`. */
  readonly inode: number;
  /** The inode as it is, where it is above 2^53. */
  readonly exactInode?: string | undefined;
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
 * The descriptor with its flags, offset and file; undefined when it has been closed meanwhile. Of a socket or a pipe,
 * of which a machine has thousands, only what the link says: the flags of a pipe are its access mode alone, unless
 * all of them are asked for.
 */
export function readOpenFile(
  pid: number,
  descriptor: Descriptor,
  pipeFlags = false,
  proc = PROC,
): OpenFile | undefined {
  const path = `${proc}/${pid}/fd/${descriptor.fd}`;
  if (descriptor.target.startsWith('socket:[')) return linked(descriptor, 'socket', 0);
  if (descriptor.target.startsWith('pipe:[')) {
    const flags =
      descriptor.pipeFlags ??
      (pipeFlags ? readFdInfo(pid, descriptor.fd, proc)?.flags : accessMode(statLink(path)?.mode));
    return flags === undefined ? undefined : linked(descriptor, 'fifo', flags);
  }
  const info = readFdInfo(pid, descriptor.fd, proc);
  if (info === undefined) return undefined;
  const stat = statPath(path);
  const type = stat === undefined ? 'other' : fileType(stat.mode);
  return {
    ...descriptor,
    ...info,
    type,
    device: stat?.dev ?? 0,
    inode: stat?.ino ?? 0,
    ...(Number.isSafeInteger(stat?.ino ?? 0) ? {} : { exactInode: inodeOf(path) }),
    deviceNumber: stat?.rdev ?? 0,
    names: stat?.nlink ?? 1,
    bytesOnDisk: (stat?.blocks ?? 0) * 512,
    modified: stat?.mtimeMs ?? 0,
    fileSystem: type === 'regular' || type === 'directory' ? (fileSystemOf(path) ?? 0) : 0,
  };
}

/** Everything that fdinfo says; undefined when the descriptor has been closed meanwhile. */
export function readFdInfo(pid: number, fd: number, proc = PROC): FdInfo | undefined {
  const text = readPiece(`${proc}/${pid}/fdinfo/${fd}`);
  return text === undefined ? undefined : parseFdInfo(text);
}

function linked(descriptor: Descriptor, type: 'socket' | 'fifo', flags: number): OpenFile {
  return {
    fd: descriptor.fd,
    target: descriptor.target,
    position: 0n,
    flags,
    mountId: undefined,
    lines: [],
    type,
    device: 0,
    inode: linkedInode(descriptor.target, type === 'fifo' ? 'pipe' : 'socket') ?? 0,
    deviceNumber: 0,
    names: 1,
    bytesOnDisk: 0,
    modified: 0,
    fileSystem: 0,
  };
}

/** The inode of an open file as text, exactly: as /proc/locks writes it. */
export function inodeText({ inode, exactInode }: Pick<OpenFile, 'inode' | 'exactInode'>): string {
  return exactInode ?? `${inode}`;
}

/** What tells an open file from all others. */
export function fileKey(file: Pick<OpenFile, 'device' | 'inode' | 'exactInode'>): string {
  return `${file.device}:${inodeText(file)}`;
}

/** The owner's read and write bits of a link in /proc/PID/fd as O_RDONLY, O_WRONLY or O_RDWR. */
function accessMode(mode: number | undefined): number | undefined {
  if (mode === undefined) return undefined;
  const reads = (mode & 0o400) !== 0;
  const writes = (mode & 0o200) !== 0;
  return reads && writes ? 2 : writes ? 1 : 0;
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
