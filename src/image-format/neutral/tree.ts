/** One process tree: everything that was frozen together by one run of the checkpointer. */
import { z } from 'zod';
import { capture } from './capture.js';
import { cgroups } from './cgroups.js';
import { fifo, fileLock, ghostFile, memfd, pipe, remap, terminal } from './file-objects.js';
import { bpfMap } from './kernel-objects.js';
import { machine } from './machine.js';
import { memory, sharedMemory } from './memory.js';
import { namespace } from './namespaces.js';
import { descriptorTable, openFile } from './open-files.js';
import { filesystem, process, seccompFilter } from './processes.js';
import { processors } from './processors.js';
import { residue } from './residue.js';
import { count, device, oneOf, payloadReference, text, u32 } from './scalars.js';
import { appArmorNamespace } from './security-policies.js';
import { signalTable } from './signals.js';
import { autofsMount, binaryFormats, inodePath } from './special-file-systems.js';
import { statistics } from './statistics.js';
import { architectures } from './words/processes.js';

export const tree = z
  .strictObject({
    label: z
      .string()
      .regex(/^[\w.-]+$/)
      .describe('Name of the tree in its bundle: members under memory/ and payload/ carry it'),
    source: text.describe('Format that the tree was lifted from, such as "criu 4.2.1"'),
    architecture: oneOf(architectures).describe('Instruction set'),
    root: u32.describe('PID of the root of the tree'),
    capture: capture.optional(),
    machine: machine.optional(),
    processes: z.array(process).describe('Processes, each after its parent'),
    memories: z.array(memory).describe('Address spaces'),
    sharedMemories: z.array(sharedMemory).describe('Contents of shared segments'),
    signalTables: z.array(signalTable).describe('Signal handlers'),
    filesystems: z.array(filesystem).describe('Working directories, roots and umasks'),
    descriptorTables: z.array(descriptorTable).describe('Descriptor tables'),
    openFiles: z.array(openFile).describe('Open file descriptions'),
    pipes: z.array(pipe).describe('Pipes'),
    fifos: z.array(fifo).describe('Fifos'),
    terminals: z.array(terminal).describe('Terminals'),
    memfds: z.array(memfd).describe('Memfds'),
    ghostFiles: z.array(ghostFile).describe('Unlinked files that are carried along'),
    remaps: z.array(remap).describe('How files without a path come back'),
    fileLocks: z.array(fileLock).describe('File locks'),
    seccompFilters: z
      .array(seccompFilter)
      .optional()
      .describe('System call filters; threads name them by position'),
    cgroups: cgroups.optional(),
    namespaces: z.array(namespace).optional().describe('Namespaces of the tree, and what is in them'),
    archives: z
      .array(
        z
          .strictObject({
            device: device.optional().describe('Device of the file system'),
            mount: u32.optional().describe('Mount ID, where the source names the mount and not the device'),
            contents: payloadReference.describe('A tar archive, compressed with gzip'),
          })
          .describe('The files of a tmpfs'),
      )
      .optional()
      .describe('File systems in memory that are carried along'),
    bpfMaps: z.array(bpfMap).optional().describe('Contents of BPF maps'),
    autofsMounts: z.array(autofsMount).optional().describe('Automatic mounts that the tree serves'),
    binaryFormats: z.array(binaryFormats).optional().describe('Binary formats (binfmt_misc)'),
    inodePaths: z.array(inodePath).optional().describe('Paths of watched inodes'),
    securityPolicies: z.array(appArmorNamespace).optional().describe('AppArmor policies of the tree'),
    processors: processors.optional(),
    statistics: statistics.optional(),
    pageFiles: z
      .array(
        z
          .strictObject({
            member: z
              .string()
              .regex(/^memory\/[\w.-]+\/[\w.-]+$/)
              .describe('Member of the bundle'),
            size: count.describe('Size in bytes'),
          })
          .describe('A page payload'),
      )
      .describe('Members of the bundle that hold pages'),
    residue: residue.optional(),
  })
  .describe('A process tree, captured by one run of the checkpointer');
export type Tree = z.infer<typeof tree>;
