/** Section: the registers of a thread, per architecture. */
import { z } from 'zod';
import { hex64, hexWide, oneOf, u32 } from './scalars.js';
import { x86Modes } from './words/registers.js';

const X86_GENERAL = [
  'r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'r11', 'r10', 'r9', 'r8', 'rax', 'rcx', 'rdx', 'rsi', 'rdi', 'originalRax',
  'rip', 'cs', 'rflags', 'rsp', 'ss', 'fsBase', 'gsBase', 'ds', 'es', 'fs', 'gs',
] as const; // biome-ignore format: table
const x86General = Object.fromEntries(
  X86_GENERAL.map(name => [name, hex64.describe(`Register ${name}`)]),
) as Record<(typeof X86_GENERAL)[number], typeof hex64>;

const x86Segment = z
  .strictObject({
    entry: u32.describe('Index in the GDT'),
    base: hex64.describe('Base address'),
    limit: u32.describe('Limit, in bytes or pages'),
    is32Bit: z.boolean().describe('seg_32bit of struct user_desc'),
    contentsHigh: z.boolean().describe('High bit of contents'),
    contentsLow: z.boolean().describe('Low bit of contents'),
    readExecuteOnly: z.boolean().describe('read_exec_only'),
    limitInPages: z.boolean().describe('The limit counts pages'),
    notPresent: z.boolean().describe('seg_not_present'),
    usable: z.boolean().describe('useable'),
  })
  .describe('A thread-local segment (set_thread_area(2))');

const x86Extended = z
  .strictObject({
    features: hex64.describe('XSTATE_BV: the state components that are not in their initial state'),
    avxHigh: z.array(hexWide).optional().describe('Upper 128 bits of ymm0 to ymm15'),
    bounds: z.array(hex64).optional().describe('MPX bounds registers'),
    boundsConfiguration: z.array(hex64).optional().describe('MPX configuration and status'),
    opmask: z.array(hex64).optional().describe('AVX-512 k0 to k7'),
    zmmUpper: z.array(hex64).optional().describe('AVX-512 upper 256 bits of zmm0 to zmm15, in 64-bit words'),
    zmmHigh: z.array(hex64).optional().describe('AVX-512 zmm16 to zmm31, in 64-bit words'),
    protectionKeys: z.array(u32).optional().describe('PKRU, and the padding after it'),
    shadowStack: z
      .strictObject({
        state: hex64.describe('IA32_U_CET'),
        pointer: hex64.describe('Shadow stack pointer'),
      })
      .optional()
      .describe('Control-flow enforcement (CET) state'),
  })
  .describe('State kept by XSAVE, beyond the FXSAVE area');

export const x86Registers = z
  .strictObject({
    general: z
      .strictObject({
        ...x86General,
        mode: oneOf(x86Modes).optional().describe('Instruction set of the thread'),
      })
      .describe('General registers as ptrace(PTRACE_GETREGS) gives them'),
    floatingPoint: z
      .strictObject({
        control: u32.describe('x87 control word'),
        status: u32.describe('x87 status word'),
        tags: u32.describe('x87 abridged tag word'),
        opcode: u32.describe('Last x87 opcode'),
        instructionPointer: hex64.describe('Last x87 instruction'),
        dataPointer: hex64.describe('Last x87 operand'),
        mxcsr: u32.describe('SSE control and status'),
        mxcsrMask: u32.describe('Bits of MXCSR that this CPU has'),
        stack: z.array(hexWide).optional().describe('st0 to st7, 128 bits each, the upper 48 unused'),
        vector: z.array(hexWide).optional().describe('xmm0 to xmm15'),
        unused: z.array(hexWide).optional().describe('The unused end of the FXSAVE area, 128 bits each'),
        extended: x86Extended.optional(),
      })
      .optional()
      .describe('x87, SSE and extended state'),
    segments: z.array(x86Segment).optional().describe('Thread-local segments'),
  })
  .describe('Registers of an x86-64 thread');

export type X86Registers = z.infer<typeof x86Registers>;
