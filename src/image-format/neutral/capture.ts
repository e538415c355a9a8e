/** Section: how a tree was captured. */
import { z } from 'zod';
import { namespaceMembership } from './processes.js';
import { oneOf, reference, text, u32, u64 } from './scalars.js';
import { compressions, networkLocks, securityModules } from './words/capture.js';

export const capture = z
  .strictObject({
    imageVersion: u32.describe('Version that the checkpointer gave its images'),
    tablesById: z.boolean().optional().describe('Descriptor tables are named by table, not by process'),
    namespacesById: z.boolean().optional().describe('Namespaces are named by namespace, not by process'),
    outside: z
      .strictObject({
        memory: u32.describe('Number of the address space of the checkpointer itself'),
        descriptors: u32.describe('Number of its descriptor table'),
        filesystem: u32.describe('Number of its filesystem context'),
        signals: u32.describe('Number of its signal handlers'),
        namespaces: namespaceMembership,
      })
      .optional()
      .describe(
        'What the checkpointer itself was in: objects with the same numbers are not part of the tree',
      ),
    outsideCgroups: reference('cgroups').optional().describe('The cgroups that the checkpointer was in'),
    securityModule: oneOf(securityModules).optional().describe('Linux security module of the old system'),
    uptime: u64.optional().describe('Time since boot at the capture, in microseconds'),
    preDumpMode: u32.optional().describe('How pages were read in a pre-dump'),
    tcpClosed: z.boolean().optional().describe('TCP connections were left out'),
    networkLock: oneOf(networkLocks).optional().describe('How connections were locked'),
    plugins: z
      .strictObject({ names: z.array(text).optional().describe('Names') })
      .optional()
      .describe('Checkpointer plugins that took part'),
    runId: text.optional().describe('Name of the capture: network lock rules carry it'),
    compression: oneOf(compressions).optional().describe('How the pages are compressed'),
    compressionBlock: u32.optional().describe('Pages compressed together'),
    uprobesAllowed: z.boolean().optional().describe('Uprobes mappings were allowed'),
  })
  .describe('How the tree was captured');
export type Capture = z.infer<typeof capture>;
