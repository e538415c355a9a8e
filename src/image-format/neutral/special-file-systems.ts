/** Section: what lies behind special file systems: automatic mounts, binary formats, and paths of watched inodes. */
import { z } from 'zod';
import { binaryFormat } from './namespaces.js';
import { device, i32, oneOf, text, u64 } from './scalars.js';
import { autofsModes } from './words/system.js';

export const autofsMount = z
  .strictObject({
    device: device.describe('Device of the autofs file system'),
    descriptor: i32.describe('Descriptor of the daemon that requests are written to; -1 when it is closed'),
    processGroup: i32.describe('Process group of the daemon: its accesses trigger no mount'),
    timeout: i32.describe('Seconds until an unused mount expires'),
    oldestProtocol: i32.describe('Oldest protocol version that the daemon takes'),
    newestProtocol: i32.describe('Newest protocol version that the daemon takes'),
    mode: oneOf(autofsModes).describe('What triggers a mount'),
    user: i32.optional().describe('User that the mount belongs to'),
    group: i32.optional().describe('Group that the mount belongs to'),
    readDescriptor: i32.optional().describe('Descriptor of the daemon that requests are read from'),
  })
  .describe('An autofs mount (autofs(5)) whose daemon is in the tree');
export type AutofsMount = z.infer<typeof autofsMount>;

export const binaryFormats = z
  .strictObject({
    device: device.optional().describe('Device of the binfmt_misc file system, where the source names it'),
    formats: z.array(binaryFormat).describe('Entries, in the order of the source'),
  })
  .describe('Binary formats that a mounted binfmt_misc of the tree knows');
export type BinaryFormats = z.infer<typeof binaryFormats>;

export const inodePath = z
  .strictObject({
    device: device.describe('Device of the file system'),
    inode: u64.describe('Inode number on the old kernel'),
    path: text.describe('A path of the inode'),
  })
  .describe('A path found for an inode that is watched and whose file system cannot be searched by inode');
export type InodePath = z.infer<typeof inodePath>;
