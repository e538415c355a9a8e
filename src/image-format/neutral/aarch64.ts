/** Section: the registers of an aarch64 thread. */
import { z } from 'zod';
import { hex64, u32 } from './scalars.js';

const key = (name: string) => hex64.describe(`Key ${name}`);

export const aarch64Registers = z
  .strictObject({
    threadPointer: hex64.describe('tpidr_el0'),
    general: z
      .strictObject({
        x: z.array(hex64).optional().describe('x0 to x30'),
        sp: hex64.describe('Stack pointer'),
        pc: hex64.describe('Program counter'),
        pstate: hex64.describe('Processor state'),
      })
      .describe('General registers'),
    vector: z
      .strictObject({
        v: z.array(hex64).optional().describe('v0 to v31, each as two 64-bit words, the low one first'),
        fpsr: u32.describe('Floating-point status'),
        fpcr: u32.describe('Floating-point control'),
      })
      .describe('Floating-point and vector registers'),
    pointerAuthentication: z
      .strictObject({
        address: z
          .strictObject({
            instructionALow: key('APIA, low'),
            instructionAHigh: key('APIA, high'),
            instructionBLow: key('APIB, low'),
            instructionBHigh: key('APIB, high'),
            dataALow: key('APDA, low'),
            dataAHigh: key('APDA, high'),
            dataBLow: key('APDB, low'),
            dataBHigh: key('APDB, high'),
            enabled: hex64.describe('Keys in use (PR_PAC_SET_ENABLED_KEYS)'),
          })
          .optional()
          .describe('Keys for addresses'),
        generic: z
          .strictObject({ low: key('APGA, low'), high: key('APGA, high') })
          .optional()
          .describe('Key for generic data'),
      })
      .optional()
      .describe('Pointer authentication keys'),
    guardedStack: z
      .strictObject({
        pointer: hex64.describe('gcspr_el0'),
        features: hex64.describe('Features enabled (PR_SET_SHADOW_STACK_STATUS)'),
      })
      .optional()
      .describe('Guarded control stack'),
  })
  .describe('Registers of an aarch64 thread');
export type Aarch64Registers = z.infer<typeof aarch64Registers>;
