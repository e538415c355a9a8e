/** Names of what an open file is. Numbers are Linux's own ABI (x86-64; asm-generic/fcntl.h agrees on these). */

/** The access mode part of open(2)'s flags. */
export const openModes = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'] as const;

/** open(2)'s flags, beside the access mode. */
// biome-ignore format: a table
export const openFlags = {
  O_CREAT: 0o100, O_EXCL: 0o200, O_NOCTTY: 0o400, O_TRUNC: 0o1000, O_APPEND: 0o2000, O_NONBLOCK: 0o4000,
  O_DSYNC: 0o10000, O_ASYNC: 0o20000, O_DIRECT: 0o40000, O_LARGEFILE: 0o100000, O_DIRECTORY: 0o200000,
  O_NOFOLLOW: 0o400000, O_NOATIME: 0o1000000, O_CLOEXEC: 0o2000000, O_SYNC: 0o4000000, O_PATH: 0o10000000,
  O_TMPFILE: 0o20000000,
} as const;

/** F_SEAL_* of memfd_create(2). */
export const seals = { seal: 1, shrink: 2, grow: 4, write: 8, 'future-write': 16, execute: 32 } as const;

/** EPOLL* events. */
// biome-ignore format: a table
export const pollEvents = {
  in: 0x1, priority: 0x2, out: 0x4, error: 0x8, 'hang-up': 0x10, 'invalid': 0x20, 'read-normal': 0x40,
  'read-band': 0x80, 'write-normal': 0x100, 'write-band': 0x200, 'message': 0x400, 'peer-hang-up': 0x2000,
  'exclusive': 0x10000000, 'wake-up': 0x20000000, 'one-shot': 0x40000000, 'edge-triggered': 0x80000000,
} as const;

/** IN_* of inotify(7) and FAN_* of fanotify(7), which share their event bits. */
// biome-ignore format: a table
export const watchEvents = {
  access: 0x1, modify: 0x2, attributes: 0x4, 'close-write': 0x8, 'close-no-write': 0x10, open: 0x20,
  'moved-from': 0x40, 'moved-to': 0x80, create: 0x100, delete: 0x200, 'delete-self': 0x400, 'move-self': 0x800,
  'open-execute': 0x1000, unmount: 0x2000, overflow: 0x4000, ignored: 0x8000, 'open-permission': 0x10000,
  'access-permission': 0x20000, 'open-execute-permission': 0x40000, 'only-directory': 0x1000000,
  'dont-follow': 0x2000000, 'exclude-unlinked': 0x4000000, 'mask-create': 0x10000000, 'mask-add': 0x20000000,
  'is-directory': 0x40000000, 'one-shot': 0x80000000,
} as const;

/** Who gets the SIGIO of a file: F_SETOWN_EX types plus one (PIDTYPE_* of the kernel). */
export const ownerTypes = { process: 0, 'thread-group': 1, group: 2, session: 3 } as const;

/** The kind of a file lock (the numbers are CRIU's FL_*: criu/include/file-lock.h). */
export const lockKinds = { posix: 1, flock: 2, 'open-file-description': 4, lease: 8 } as const;
/** F_RDLCK, F_WRLCK, F_UNLCK. */
export const lockTypes = { read: 0, write: 1, unlock: 2 } as const;

/** How a file that has no path any more comes back (CRIU's remap_type). */
export const remapMethods = { link: 0, copy: 1, process: 2 } as const;

/** TtyType of CRIU: which driver is behind a terminal. */
export const terminalTypes = {
  unknown: 0,
  pty: 1,
  console: 2,
  virtual: 3,
  current: 4,
  external: 5,
  serial: 6,
} as const;
