/** Section: what open files lead to and share: pipes, fifos, terminals, memfds, contents of unlinked files, locks. */
import { z } from 'zod';
import {
  base64,
  device,
  i32,
  i64,
  oneOf,
  payloadReference,
  reference,
  setOf,
  text,
  u32,
  u64,
} from './scalars.js';
import { microTime } from './signals.js';
import { lockKinds, lockTypes, remapMethods, seals, terminalTypes } from './words/files.js';

function buffer(kind: 'pipe' | 'fifo') {
  return z.strictObject({
    id: z
      .string()
      .regex(new RegExp(`^${kind}-\\d+$`))
      .describe(`${kind}-N`),
    capacity: u32.optional().describe('Size of the buffer in bytes (F_GETPIPE_SZ)'),
    data: payloadReference.optional().describe('Bytes written and not yet read; absent when it is empty'),
  });
}
export const pipe = buffer('pipe').describe('A pipe');
export const fifo = buffer('fifo').describe('A fifo that is open somewhere');
export type PipeBuffer = z.infer<typeof pipe>;

const terminalSettings = z
  .strictObject({
    input: u32.describe('c_iflag'),
    output: u32.describe('c_oflag'),
    control: u32.describe('c_cflag'),
    local: u32.describe('c_lflag'),
    line: u32.describe('Line discipline'),
    inputSpeed: u32.describe('Input speed in baud'),
    outputSpeed: u32.describe('Output speed in baud'),
    controlCharacters: base64.optional().describe('Control characters: the first 19 bytes count'),
  })
  .describe('Settings of a terminal (termios(3))');

export const terminal = z
  .strictObject({
    id: z
      .string()
      .regex(/^terminal-\d+$/)
      .describe('terminal-N'),
    type: oneOf(terminalTypes).describe('Driver'),
    locked: z.boolean().describe('The pty is locked (TIOCSPTLCK)'),
    exclusive: z.boolean().describe('TIOCEXCL'),
    packetMode: z.boolean().describe('TIOCPKT'),
    session: u32.describe('Session that it controls; 0 for none'),
    foregroundGroup: u32.describe('Foreground process group; 0 for none'),
    device: device.describe('Device number of the terminal'),
    settings: terminalSettings.optional(),
    lockedSettings: terminalSettings.optional().describe('Settings locked by TIOCSLCKTRMIOS'),
    window: z
      .strictObject({
        rows: u32.describe('Rows'),
        columns: u32.describe('Columns'),
        width: u32.describe('Width in pixels'),
        height: u32.describe('Height in pixels'),
      })
      .optional()
      .describe('Window size'),
    index: u32.optional().describe('Number of the pty on the old kernel'),
    fileDevice: u32.optional().describe('Device number of the file system of the device file'),
    user: u32.optional().describe('Owner of the device file'),
    group: u32.optional().describe('Group of the device file'),
    unread: base64.optional().describe('Bytes in the queue of a pty'),
  })
  .describe('A terminal');
export type Terminal = z.infer<typeof terminal>;

export const memfd = z
  .strictObject({
    id: z
      .string()
      .regex(/^memfd-\d+$/)
      .describe('memfd-N'),
    name: text.describe('Name given to memfd_create(2)'),
    user: u32.describe('Owner'),
    group: u32.describe('Group'),
    size: u64.describe('Size in bytes'),
    contents: reference('shared').describe('Where the pages are'),
    seals: setOf(seals).describe('F_SEAL_*'),
    hugePages: u32.optional().describe('MFD_HUGETLB page size flag'),
    mode: u32.optional().describe('Mode bits'),
  })
  .describe('A memfd');
export type Memfd = z.infer<typeof memfd>;

export const ghostFile = z
  .strictObject({
    id: z
      .string()
      .regex(/^ghost-\d+$/)
      .describe('ghost-N'),
    user: u32.describe('Owner'),
    group: u32.describe('Group'),
    mode: u32.describe('File type and mode bits (st_mode)'),
    device: device.optional().describe('Device of the file system, on the old kernel'),
    inode: u64.optional().describe('Inode number on the old kernel'),
    specialDevice: device.optional().describe('Device number of a device file'),
    accessed: microTime.optional().describe('Time of the last access, since 1970'),
    modified: microTime.optional().describe('Time of the last change, since 1970'),
    sparse: z.boolean().optional().describe('The contents are in chunks, with holes between them'),
    size: u64.optional().describe('Size in bytes'),
    linkTarget: text.optional().describe('Target of a symbolic link'),
    contents: payloadReference.optional().describe('Contents of a file that is not sparse'),
    chunks: z
      .array(
        z
          .strictObject({ offset: u64.describe('Offset in the file in bytes'), data: payloadReference })
          .describe('A chunk'),
      )
      .optional()
      .describe('Parts of a sparse file that hold data'),
  })
  .describe('A file that has no name any more, carried along');
export type GhostFile = z.infer<typeof ghostFile>;

export const remap = z
  .strictObject({
    file: reference('file').describe('The open file whose path is gone'),
    method: oneOf(remapMethods).optional().describe('How it comes back; absent: copy, as old images have it'),
    source: z.union([reference('ghost'), reference('file'), reference('process')]).describe('From what'),
  })
  .describe('How a file without a path comes back');
export type Remap = z.infer<typeof remap>;

export const fileLock = z
  .strictObject({
    kind: oneOf(lockKinds).describe('fcntl(2), flock(2), open file description lock, or lease'),
    type: oneOf(lockTypes).describe('Read, write, or none'),
    pid: i32.describe('Process that holds it'),
    descriptor: i32.describe('A descriptor of the locked file in that process'),
    start: i64.describe('First byte'),
    length: i64.describe('Number of bytes; 0 to the end of the file'),
  })
  .describe('A file lock');
export type FileLock = z.infer<typeof fileLock>;
