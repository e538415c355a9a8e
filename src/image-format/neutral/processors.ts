/** Section: the processors that the tree ran on, where the checkpointer wrote them down. */
import { z } from 'zod';
import { hex64, oneOf, text, u32 } from './scalars.js';
import { byteOrders, processorVendors } from './words/system.js';

const x86Processor = z
  .strictObject({
    vendor: oneOf(processorVendors).describe('Vendor'),
    family: u32.describe('Family'),
    model: u32.describe('Model'),
    stepping: u32.describe('Stepping'),
    capabilityVersion: u32.describe('Layout of the capability words'),
    capabilities: z
      .array(hex64)
      .optional()
      .describe('Capability words, 32 bits each, in the order of the layout'),
    name: text.optional().describe('Model name'),
    features: hex64.optional().describe('XCR0: the state components that XSAVE keeps'),
    saveSize: u32.optional().describe('Size of the XSAVE area with the components in use, in bytes'),
    saveSizeMost: u32.optional().describe('Size of the XSAVE area with all components, in bytes'),
  })
  .describe('An x86-64 processor');

const capabilities = z.array(hex64).optional().describe('AT_HWCAP words');

export const processors = z
  .strictObject({
    x86: z.array(x86Processor).optional().describe('x86-64 processors'),
    ppc64: z
      .array(
        z
          .strictObject({ byteOrder: oneOf(byteOrders).describe('Byte order'), capabilities })
          .describe('A PowerPC processor'),
      )
      .optional()
      .describe('PowerPC processors'),
    s390: z
      .array(z.strictObject({ capabilities }).describe('An IBM Z processor'))
      .optional()
      .describe('IBM Z processors'),
  })
  .describe('Processors of the machine that the tree was captured on');
export type Processors = z.infer<typeof processors>;
