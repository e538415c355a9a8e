/** What every open file has, whatever it is. */
import { z } from 'zod';
import { openFlagList } from './memory.js';
import { oneOf, u32 } from './scalars.js';
import { signal } from './signals.js';
import { ownerTypes } from './words/files.js';

export const signalOwner = z
  .strictObject({
    user: u32.describe('Real user ID of whoever set it'),
    effectiveUser: u32.describe('Effective user ID of whoever set it'),
    signal: z.union([z.literal('none'), signal]).describe('Signal sent instead of SIGIO (F_SETSIG)'),
    type: oneOf(ownerTypes).describe('What the ID names (F_SETOWN_EX)'),
    id: u32.describe('PID, thread ID, process group or session'),
  })
  .describe('Who is told that the file is ready; absent when nobody');
export type SignalOwner = z.infer<typeof signalOwner>;

/** The fields that an open file of any kind has, for the schema of this one. */
export function openFileBase<const K extends string>(kind: K) {
  return {
    id: z
      .string()
      .regex(/^file-\d+$/)
      .describe('file-N'),
    kind: z.literal(kind).describe('What is open'),
    flags: openFlagList.optional().describe('O_* flags of open(2), the access mode first'),
    signalOwner: signalOwner.optional(),
  };
}
