/** Section: open file descriptions, and the descriptor tables that point to them. */
import { z } from 'zod';
import { openFileBase } from './open-file-base.js';
import { device, hex64, i32, oneOf, reference, setOf, text, u32, u64 } from './scalars.js';
import { nanoTime, signalSet } from './signals.js';
import { inetSocket, netlinkSocket, packetSocket, unixSocket } from './sockets.js';
import { pollEvents, watchEvents } from './words/files.js';
import { clocks } from './words/signals.js';

export const regularFile = z
  .strictObject({
    ...openFileBase('regular'),
    position: u64.describe('File position in bytes'),
    path: text.describe('Absolute path; of an unlinked file, the path that it had'),
    mount: i32.optional().describe('Mount ID on the old kernel'),
    size: u64.optional().describe('Size in bytes when frozen: a changed file is refused'),
    external: z.boolean().optional().describe('Given from outside by a plugin'),
    mode: u32.optional().describe('File type and mode bits (st_mode)'),
    buildId: z.array(u32).optional().describe('Build ID of an ELF file, in 32-bit words'),
    checksum: u32.optional().describe('CRC32C of the contents'),
    checksumMethod: u32.optional().describe('Which bytes the checksum covers'),
    checksumParameter: u32.optional().describe('Parameter of the method'),
  })
  .describe('A file, directory or device with a path');

const pipeEnd = z
  .strictObject({
    ...openFileBase('pipe'),
    pipe: reference('pipe').describe('The pipe'),
    user: u32.optional().describe('Owner of the pipe'),
    group: u32.optional().describe('Group of the pipe'),
  })
  .describe('One end of a pipe; the access mode says which');

const fifoEnd = z
  .strictObject({
    ...openFileBase('fifo'),
    fifo: reference('fifo').describe('The fifo'),
    file: reference('file').optional().describe('The file by which it was opened: path, flags, owner'),
    waitsForWriter: z
      .boolean()
      .optional()
      .describe('For a reading end: poll(2) does not say that its writers have gone'),
  })
  .describe('An open fifo');

const eventCounter = z
  .strictObject({ ...openFileBase('eventfd'), counter: u64.describe('Current value') })
  .describe('An eventfd (eventfd(2))');

const pollSet = z
  .strictObject({
    ...openFileBase('epoll'),
    targets: z
      .array(
        z
          .strictObject({
            descriptor: u32.describe('Descriptor number under which the target was added'),
            events: setOf(pollEvents).describe('Events waited for, and EPOLL* modes'),
            data: hex64.describe('Value that epoll_wait(2) gives back'),
            device: u32.optional().describe('Device number of the target, to tell duplicates apart'),
            inode: u64.optional().describe('Inode number of the target, to tell duplicates apart'),
            position: u64.optional().describe('File position of the target, to tell duplicates apart'),
          })
          .describe('A watched descriptor'),
      )
      .optional()
      .describe('Descriptors in the interest list'),
  })
  .describe('An epoll instance (epoll(7))');

export const fileHandle = z
  .strictObject({
    bytes: u32.describe('Length in bytes'),
    type: u32.describe('Handle type'),
    handle: z.array(hex64).optional().describe('Handle in 64-bit words'),
    path: text.optional().describe('Path of the file'),
    mount: u32.optional().describe('Mount ID on the old kernel'),
  })
  .describe('A file as the kernel names it (name_to_handle_at(2)), and its path');

export const inotify = z
  .strictObject({
    ...openFileBase('inotify'),
    watches: z
      .array(
        z
          .strictObject({
            descriptor: u32.describe('Watch descriptor'),
            inode: u64.describe('Inode number of the watched file'),
            events: setOf(watchEvents).describe('Events watched for (IN_*)'),
            ignored: setOf(watchEvents).describe('Events ignored'),
            device: device.describe('Device of the watched file'),
            file: fileHandle,
          })
          .describe('A watch'),
      )
      .optional()
      .describe('Watched files'),
  })
  .describe('An inotify instance (inotify(7))');

export const fanotify = z
  .strictObject({
    ...openFileBase('fanotify'),
    groupFlags: hex64.describe('Flags of fanotify_init(2)'),
    eventFlags: hex64.describe('Open flags for event descriptors'),
    marks: z
      .array(
        z
          .strictObject({
            scope: z
              .union([z.enum(['inode', 'mount']), z.templateLiteral(['#', z.int()])])
              .describe('What is marked'),
            flags: hex64.describe('Flags of fanotify_mark(2)'),
            events: setOf(watchEvents).describe('Events watched for (FAN_*)'),
            ignored: setOf(watchEvents).describe('Events ignored'),
            device: device.describe('Device of the marked file'),
            inode: z
              .strictObject({ inode: u64.describe('Inode number'), file: fileHandle })
              .optional()
              .describe('The marked file'),
            mount: z
              .strictObject({
                id: u32.describe('Mount ID on the old kernel'),
                path: text.optional().describe('Mount point'),
              })
              .optional()
              .describe('The marked mount'),
          })
          .describe('A mark'),
      )
      .optional()
      .describe('Marked files and mounts'),
  })
  .describe('A fanotify group (fanotify(7))');

const signalFile = z
  .strictObject({ ...openFileBase('signalfd'), signals: signalSet.describe('Signals accepted') })
  .describe('A signalfd (signalfd(2))');

const timerFile = z
  .strictObject({
    ...openFileBase('timerfd'),
    clock: oneOf(clocks).describe('Clock that the timer runs on'),
    expirations: u64.describe('Expirations not yet read'),
    settings: setOf({ absolute: 1, 'cancel-on-set': 2 }).describe('Flags of timerfd_settime(2)'),
    remaining: nanoTime.describe('Time until the next expiration; zero when not armed'),
    interval: nanoTime.describe('Time between expirations'),
  })
  .describe('A timerfd (timerfd_create(2))');

const terminalFile = z
  .strictObject({
    ...openFileBase('terminal'),
    terminal: reference('terminal').describe('The terminal'),
    file: reference('file').optional().describe('The device file by which it was opened'),
  })
  .describe('An open terminal');

export const namespaceFile = z
  .strictObject({
    ...openFileBase('namespace'),
    namespace: reference('namespace').describe('The namespace'),
    type: hex64.describe('CLONE_NEW* of the namespace'),
  })
  .describe('A namespace opened through /proc/PID/ns');

const tunFile = z
  .strictObject({
    ...openFileBase('tun'),
    device: text.optional().describe('Network device'),
    detached: z.boolean().optional().describe('The queue is detached'),
    namespace: reference('namespace').optional().describe('Network namespace'),
  })
  .describe('An open TUN or TAP device');

const externalFile = z
  .strictObject(openFileBase('external'))
  .describe('A file that something outside has to give back');

const memoryFile = z
  .strictObject({
    ...openFileBase('memfd'),
    position: u64.describe('File position in bytes'),
    memfd: reference('memfd').describe('The memfd'),
  })
  .describe('An open memfd (memfd_create(2))');

const bpfMapFile = z
  .strictObject({
    ...openFileBase('bpf-map'),
    position: u64.describe('File position'),
    type: u32.describe('BPF_MAP_TYPE_*'),
    keySize: u32.describe('Bytes per key'),
    valueSize: u32.describe('Bytes per value'),
    map: u32.describe('Map ID on the old kernel'),
    capacity: u32.describe('Maximum number of entries'),
    mapFlags: hex64.describe('BPF_F_* of the map'),
    locked: u64.describe('Locked memory in bytes'),
    frozen: z.boolean().describe('BPF_MAP_FREEZE was called'),
    name: text.describe('Name of the map'),
    interface: u32.describe('Interface index of an offloaded map'),
    mount: i32.optional().describe('Mount ID on the old kernel'),
    extra: hex64.optional().describe('map_extra'),
  })
  .describe('A BPF map (bpf(2))');

const processFile = z
  .strictObject({
    ...openFileBase('pidfd'),
    inode: u32.describe('Inode number in pidfs on the old kernel'),
    pid: i32.describe('PID of the process; -1 when it is gone'),
  })
  .describe('A pidfd (pidfd_open(2))');

export const openFile = z
  .discriminatedUnion('kind', [
    regularFile,
    pipeEnd,
    fifoEnd,
    inetSocket,
    unixSocket,
    eventCounter,
    pollSet,
    inotify,
    fanotify,
    signalFile,
    timerFile,
    packetSocket,
    netlinkSocket,
    terminalFile,
    namespaceFile,
    tunFile,
    externalFile,
    memoryFile,
    bpfMapFile,
    processFile,
  ])
  .describe('An open file description (open(2)): what descriptors point to');
export type OpenFile = z.infer<typeof openFile>;
export type OpenFileOf<K extends OpenFile['kind']> = Extract<OpenFile, { kind: K }>;
export type FileHandle = z.infer<typeof fileHandle>;

export const descriptorTable = z
  .strictObject({
    id: z.string().describe('descriptors-N'),
    entries: z
      .array(
        z
          .strictObject({
            number: u32.describe('Descriptor number'),
            refersTo: reference('file').describe('The open file'),
            closeOnExec: z.boolean().describe('FD_CLOEXEC'),
            securityLabel: text.optional().describe('SELinux label of the file'),
          })
          .describe('A descriptor'),
      )
      .describe('Descriptors in the order of the source'),
  })
  .describe('A descriptor table, shared by processes made with CLONE_FILES');
export type DescriptorTable = z.infer<typeof descriptorTable>;
