/** Section: what the machine that the tree was captured on called things, and what its processor could do. */
import { z } from 'zod';
import { text, u32 } from './scalars.js';

const account = z
  .strictObject({ id: u32.describe('The number'), name: text.describe('Its name there') })
  .describe('A number and its name');

export const machine = z
  .strictObject({
    processor: z
      .strictObject({
        name: text.optional().describe('Model, as /proc/cpuinfo shows it'),
        features: z
          .array(text)
          .describe('What the processor and the kernel offered: the flags of /proc/cpuinfo, in its words'),
      })
      .optional()
      .describe('The processor'),
    users: z
      .array(account)
      .optional()
      .describe(
        'Names of the user IDs in this tree (/etc/passwd). The numbers decide; the names tell people',
      ),
    groups: z.array(account).optional().describe('Names of the group IDs in this tree (/etc/group)'),
  })
  .describe('The machine, as far as the tree depends on it');
export type Machine = z.infer<typeof machine>;
