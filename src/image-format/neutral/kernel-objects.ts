/** Section: objects of the kernel that are rarely used: contents of BPF maps. */
import { z } from 'zod';
import { payloadReference, u32 } from './scalars.js';

export const bpfMap = z
  .strictObject({
    map: u32.describe('Map ID on the old kernel: open files name the map by it'),
    count: u32.describe('Number of entries'),
    keyBytes: u32.describe('Bytes of all keys together'),
    valueBytes: u32.describe('Bytes of all values together'),
    contents: payloadReference.optional().describe('All keys, then all values'),
  })
  .describe('Contents of a BPF map (bpf(2))');
