/** The neutral document: the whole of what a bundle says about the frozen processes. */
import { z } from 'zod';
import { FORMAT } from './format.js';
import { oneOf, text } from './scalars.js';
import { sectionRow } from './section-row.js';
import { tree } from './tree.js';
import { architectures } from './words/processes.js';

const clock = z
  .string()
  .regex(/^\d+(?:\.\d{1,9})?$/)
  .describe('Seconds');

export const origin = z
  .strictObject({
    kernel: text.describe('Kernel release (uname -r)'),
    kernelVersion: text.optional().describe('Kernel version (uname -v)'),
    architecture: oneOf(architectures).describe('Instruction set'),
    distribution: text.optional().describe('PRETTY_NAME of os-release'),
    hostname: text.optional().describe('Name of the machine'),
    checkpointer: text.describe('What froze the processes, such as "criu 4.2.1"'),
    bootId: text.optional().describe('/proc/sys/kernel/random/boot_id'),
    cpu: text.optional().describe('Processor model'),
    clocks: z
      .strictObject({
        realtime: clock.optional().describe('CLOCK_REALTIME, seconds since 1970'),
        monotonic: clock.optional().describe('CLOCK_MONOTONIC, seconds'),
        boottime: clock.optional().describe('CLOCK_BOOTTIME, seconds'),
      })
      .optional()
      .describe('Clocks at the freeze'),
  })
  .describe('Where the processes come from');
export type Origin = z.infer<typeof origin>;

export const document = z
  .strictObject({
    format: z.literal(FORMAT).describe('Version of this format'),
    origin,
    sections: z
      .array(sectionRow)
      .describe(
        'Sections that the trees have. One that is not listed is known to every reader of this format',
      ),
    trees: z.array(tree).describe('Process trees, each captured by itself'),
  })
  .describe('Frozen processes, in the words of Linux and POSIX');
export type Document = z.infer<typeof document>;
