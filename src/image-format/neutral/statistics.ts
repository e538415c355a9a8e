/** Section: how long the capture took and how many pages it met. Nothing in a process depends on it. */
import { z } from 'zod';
import { u32, u64 } from './scalars.js';

export const statistics = z
  .strictObject({
    freezing: u32.describe('Time to stop the processes, microseconds'),
    frozen: u32.describe('Time that the processes stood still, microseconds'),
    memoryDump: u32.describe('Time to collect pages, microseconds'),
    memoryWrite: u32.describe('Time to write pages, microseconds'),
    pagesScanned: u64.describe('Pages looked at'),
    pagesSkipped: u64.describe('Pages left to an earlier layer'),
    pagesWritten: u64.describe('Pages written'),
    pathsResolved: u32.optional().describe('Paths found by inode number'),
    pagesLazy: u64.describe('Pages that may be fetched later'),
    pagePipes: u64.optional().describe('Pipes used for pages'),
    pagePipeBuffers: u64.optional().describe('Buffers used for pages'),
    sharedPagesScanned: u64.optional().describe('Pages of shared segments looked at'),
    sharedPagesSkipped: u64.optional().describe('Pages of shared segments left to an earlier layer'),
    sharedPagesWritten: u64.optional().describe('Pages of shared segments written'),
  })
  .describe('How the capture went');
export type Statistics = z.infer<typeof statistics>;
