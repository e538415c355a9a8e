/** Section: address spaces, their mappings, and where the contents of their pages lie. */
import { z } from 'zod';
import { count, hex64, i32, oneOf, reference, setOf, u32, u64 } from './scalars.js';
import { openFlags, openModes } from './words/files.js';
import { accesses, advice, mappingFlags, mappingMarks, pageStates } from './words/memory.js';
import { auxiliaryTypes } from './words/processes.js';

export const openFlagList = z.array(
  z.union([
    z.enum([...openModes, ...Object.keys(openFlags)] as [string, ...string[]]),
    z.templateLiteral(['bit-', z.int().min(0)]),
  ]),
);

export const backing = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('anonymous').describe('What is behind it'),
        segment: reference('shared').optional().describe('The shared segment, for shared anonymous memory'),
        offset: hex64.optional().describe('Offset in the segment in bytes; absent when 0'),
        flags: openFlagList
          .optional()
          .describe('Flags that the kernel opened its file with: shared huge pages have one'),
      })
      .describe('Memory without a file'),
    z
      .strictObject({
        kind: z.enum(['file', 'memfd']).describe('What is behind it'),
        file: reference('file').describe('Open file that is mapped'),
        offset: hex64.optional().describe('Offset in the file in bytes; absent when 0'),
        flags: openFlagList.optional().describe('Flags that the file was opened with'),
      })
      .describe('A mapped file, or a mapped memfd'),
    z
      .strictObject({
        kind: z.literal('system-v').describe('What is behind it'),
        segment: reference('shared').describe('The System V shared memory segment'),
        offset: hex64.optional().describe('Offset in the segment in bytes; absent when 0'),
        flags: openFlagList.optional().describe('Flags that the kernel opened its file with'),
      })
      .describe('System V shared memory'),
    z
      .strictObject({
        kind: z.literal('socket').describe('What is behind it'),
        file: reference('file').describe('The socket whose ring buffer is mapped'),
        offset: hex64.optional().describe('Offset in bytes; absent when 0'),
        flags: openFlagList.optional().describe('Flags that the socket has'),
      })
      .describe('Ring buffer of a packet socket'),
    z
      .strictObject({
        kind: z.literal('kernel').describe('What is behind it'),
        object: z
          .enum(['vdso', 'vvar', 'vsyscall', 'asynchronous-io', 'uprobes'])
          .describe('What the kernel keeps there'),
        offset: hex64.optional().describe('Offset in bytes; absent when 0'),
        flags: openFlagList.optional().describe('Flags that the kernel opened its file with'),
      })
      .describe('Memory that the kernel provides'),
  ])
  .describe('What is behind a mapping');
export type Backing = z.infer<typeof backing>;

export const mapping = z
  .strictObject({
    start: hex64.describe('First address'),
    end: hex64.describe('Address after the last one'),
    access: setOf(accesses).describe('What the process may do there (PROT_*)'),
    sharing: z
      .enum(['private', 'shared', 'shared-validate', 'droppable', 'none'])
      .describe('MAP_PRIVATE, MAP_SHARED, MAP_SHARED_VALIDATE, MAP_DROPPABLE'),
    role: z
      .enum(['heap', 'stack', 'shadow-stack', 'guard'])
      .optional()
      .describe('Special use: the brk heap, a growing stack, a shadow stack, a guard region'),
    flags: setOf(mappingFlags).optional().describe('Further MAP_* flags'),
    pageSize: u64
      .optional()
      .describe('Size of its huge pages in bytes (MAP_HUGE_*); absent where the mapping names none'),
    advice: setOf(advice).optional().describe('Lasting madvise(2) advice'),
    marks: setOf(mappingMarks)
      .optional()
      .describe('Marks of the checkpointer. not-accounted: it does not count towards the commit limit'),
    backing,
  })
  .describe('A mapping (VMA): a range of addresses with one access and one backing');
export type Mapping = z.infer<typeof mapping>;

export const pageRun = z
  .strictObject({
    start: hex64.describe('Address of the first page; for a shared segment its offset in the segment'),
    count: count.describe('Number of pages'),
    state: setOf(pageStates).describe(
      'present: the contents lie in the payload; parent: in an earlier layer; lazy: may be fetched later',
    ),
    at: count.optional().describe('Offset of the first page in the payload in bytes; for present pages'),
    compressed: z
      .strictObject({
        blocks: z.array(u32).optional().describe('Compressed bytes of each block'),
        length: u64.describe('Compressed bytes of all blocks'),
        pagesPerBlock: u32.describe('Pages in a block'),
      })
      .optional()
      .describe('How the run is compressed; absent when it is not'),
  })
  .describe('Consecutive pages');
export type PageRun = z.infer<typeof pageRun>;

export const pages = z
  .strictObject({
    payload: z
      .string()
      .regex(/^memory\/[\w.-]+\/[\w.-]+$/)
      .describe('Member of the bundle that holds the contents'),
    runs: z.array(pageRun).describe('Pages in the order of the payload'),
  })
  .describe('Contents of pages');
export type Pages = z.infer<typeof pages>;

const layoutAddress = (what: string) => hex64.describe(`${what} (prctl PR_SET_MM)`);
export const memory = z
  .strictObject({
    id: z.string().describe('memory-N'),
    executable: reference('file').describe('/proc/PID/exe'),
    layout: z
      .strictObject({
        codeStart: layoutAddress('Start of the program code'),
        codeEnd: layoutAddress('End of the program code'),
        dataStart: layoutAddress('Start of the program data'),
        dataEnd: layoutAddress('End of the program data'),
        stackStart: layoutAddress('Bottom of the stack'),
        heapStart: layoutAddress('Start of the heap'),
        heapEnd: layoutAddress('End of the heap, the program break'),
        argumentsStart: layoutAddress('Start of the command line'),
        argumentsEnd: layoutAddress('End of the command line'),
        environmentStart: layoutAddress('Start of the environment'),
        environmentEnd: layoutAddress('End of the environment'),
      })
      .describe('Where the kernel believes the parts of the program to be'),
    auxiliaryVector: z
      .array(
        z
          .strictObject({
            type: oneOf(auxiliaryTypes).describe('AT_* of getauxval(3)'),
            value: hex64.describe('Value'),
          })
          .describe('An entry'),
      )
      .describe('What the kernel told the program at its start'),
    dumpable: i32.optional().describe('PR_SET_DUMPABLE'),
    hugePagesDisabled: z.boolean().optional().describe('PR_SET_THP_DISABLE'),
    asynchronousIo: z
      .array(
        z
          .strictObject({
            context: hex64.describe('aio_context_t: the address of the ring'),
            requests: u32.describe('Requests that the ring has room for'),
            length: u32.describe('Size of the ring in bytes'),
          })
          .describe('A ring'),
      )
      .optional()
      .describe('Asynchronous I/O contexts (io_setup(2))'),
    mappings: z
      .array(mapping)
      .describe('Mappings, ascending; guard regions, which lie within others, may stand after them'),
    pages: pages.optional(),
  })
  .describe('An address space, shared by processes made with CLONE_VM');
export type Memory = z.infer<typeof memory>;

export const sharedMemory = z
  .strictObject({
    id: z.string().describe('shared-N'),
    pages: pages.optional(),
    size: u64.optional().describe('Size in bytes, where it is known'),
  })
  .describe('Contents of a shared segment: shared anonymous memory, a memfd, or System V shared memory');
export type SharedMemory = z.infer<typeof sharedMemory>;
