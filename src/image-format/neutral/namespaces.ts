/** Section: namespaces, and what is in them. */
import { z } from 'zod';
import { ipcLimits, ipcMessageQueue, ipcSemaphores, ipcSharedMemory } from './ipc.js';
import { network } from './network.js';
import { device, i32, oneOf, setOf, text, u32 } from './scalars.js';
import { nanoTime } from './signals.js';
import { fileSystems, mountFlags } from './words/namespaces.js';

function namespaceBase<const K extends string>(kind: K) {
  return {
    id: z
      .string()
      .regex(/^namespace-\d+$/)
      .describe('namespace-N'),
    kind: z.literal(kind).describe('What it is a namespace of'),
  };
}

const idRange = z
  .strictObject({
    inside: u32.describe('First ID in the namespace'),
    outside: u32.describe('First ID in the parent namespace'),
    count: u32.describe('Number of IDs'),
  })
  .describe('A range of IDs (user_namespaces(7))');
export type IdRange = z.infer<typeof idRange>;

export const binaryFormat = z
  .strictObject({
    name: text.describe('Name of the entry'),
    enabled: z.boolean().describe('In use'),
    interpreter: text.describe('Path of the interpreter'),
    flags: text.optional().describe('Flags as binfmt_misc shows them'),
    extension: text.optional().describe('File name extension'),
    magic: text.optional().describe('Magic bytes, in hexadecimal'),
    mask: text.optional().describe('Mask of the magic bytes, in hexadecimal'),
    offset: i32.optional().describe('Offset of the magic bytes'),
  })
  .describe('An entry of binfmt_misc');
export type BinaryFormat = z.infer<typeof binaryFormat>;

export const mount = z
  .strictObject({
    id: u32.describe('Mount ID on the old kernel'),
    parent: u32.describe('Mount ID of the parent'),
    fileSystem: oneOf(fileSystems).describe('Type of file system'),
    device: device.describe('Device of the file system'),
    flags: setOf(mountFlags).describe('Flags of the mount (MS_*)'),
    root: text.describe('Directory of the file system that is mounted'),
    mountPoint: text.describe('Where it is mounted, relative to the root of the namespace'),
    source: text.describe('What is mounted'),
    options: text.describe('Options of the file system'),
    sharedGroup: u32.optional().describe('Peer group, for shared propagation'),
    masterGroup: u32.optional().describe('Peer group that it is a slave of'),
    withPlugin: z.boolean().optional().describe('A plugin takes care of it'),
    external: z.boolean().optional().describe('Given from outside'),
    fileSystemName: text.optional().describe('Type of file system, where it has no word of its own'),
    internalSharing: z.boolean().optional().describe('Shared with another mount of the tree only'),
    deleted: z.boolean().optional().describe('The mount point was removed'),
    fileSystemFlags: setOf(mountFlags).optional().describe('Flags of the file system itself (MS_*)'),
    externalKey: text.optional().describe('Name by which it is given from outside'),
  })
  .describe('A mount (mount_namespaces(7))');
export type Mount = z.infer<typeof mount>;

export const namespace = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        ...namespaceBase('hostname'),
        name: text.describe('Host name (sethostname(2))'),
        domain: text.describe('NIS domain name'),
      })
      .describe('A UTS namespace'),
    z
      .strictObject({
        ...namespaceBase('time'),
        monotonic: nanoTime.describe('CLOCK_MONOTONIC in the namespace when captured'),
        boottime: nanoTime.describe('CLOCK_BOOTTIME in the namespace when captured'),
      })
      .describe('A time namespace (time_namespaces(7)); namespace-0 is that of the machine'),
    z
      .strictObject({
        ...namespaceBase('pid'),
        externalKey: text.optional().describe('Name by which the namespace is given from outside'),
      })
      .describe('A PID namespace'),
    z
      .strictObject({
        ...namespaceBase('user'),
        users: z.array(idRange).optional().describe('User IDs (uid_map)'),
        groups: z.array(idRange).optional().describe('Group IDs (gid_map)'),
        binaryFormats: z.array(binaryFormat).optional().describe('Binary formats (binfmt_misc)'),
      })
      .describe('A user namespace (user_namespaces(7))'),
    z
      .strictObject({
        ...namespaceBase('ipc'),
        limits: ipcLimits.optional(),
        sharedMemory: z.array(ipcSharedMemory).optional().describe('Shared memory segments'),
        messageQueues: z.array(ipcMessageQueue).optional().describe('Message queues'),
        semaphores: z.array(ipcSemaphores).optional().describe('Sets of semaphores'),
      })
      .describe('An IPC namespace'),
    z
      .strictObject({
        ...namespaceBase('mount'),
        mounts: z.array(mount).describe('Mounts, in the order of the source'),
      })
      .describe('A mount namespace'),
    z.strictObject({ ...namespaceBase('network'), ...network }).describe('A network namespace'),
  ])
  .describe('A namespace of the tree (namespaces(7))');
export type Namespace = z.infer<typeof namespace>;
export type NamespaceOf<K extends Namespace['kind']> = Extract<Namespace, { kind: K }>;
